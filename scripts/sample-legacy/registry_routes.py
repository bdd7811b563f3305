"""The routes that read and write the memory of agents. None asks for a login."""

from flask import Blueprint, jsonify, request


def routes(legacy):
    blueprint = Blueprint("registry", __name__)
    registry = legacy.registry

    @blueprint.get("/api/agents")
    def agents():
        return jsonify(registry.shown())

    @blueprint.delete("/api/agent/<agent_id>")
    def forget(agent_id):
        if registry.forget(agent_id):
            return jsonify({"status": "removed"})
        return jsonify({"error": "agent not found"}), 404

    @blueprint.post("/api/agent/provision")
    def provision():
        data = request.get_json()
        agent_id, roles = data.get("agent_id"), data.get("roles", [])
        if not agent_id or not isinstance(roles, list):
            return jsonify({"error": "Missing agent_id or roles[] in provision payload."}), 400
        registry.provision(agent_id, roles)
        legacy.socketio.emit("agent_config", {"roles": roles, "agent_id": agent_id}, to=agent_id)
        return jsonify({"status": "provisioned", "roles": roles})

    return blueprint
