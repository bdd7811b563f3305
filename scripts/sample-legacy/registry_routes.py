"""The routes that read and write the memory of agents. None asks for a login."""

from flask import Blueprint, jsonify, request

# Legacy quirk: the ids of the path go into the page unescaped.
LIVE_VIEW = """<!doctype html>
<html>
<head><title>Borealis Live View - @AGENT@:@NODE@</title></head>
<body>
<canvas id="screen"></canvas>
<script src="https://cdn.socket.io/4.8.1/socket.io.min.js"></script>
<script>
const agentId = "@AGENT@";
const nodeId = "@NODE@";
const canvas = document.getElementById("screen");
io(window.location.origin, { transports: ["websocket"] }).on("agent_screenshot_task", (task) => {
  if (task.agent_id !== agentId || task.node_id !== nodeId || (task.image_base64 || "").length < 100) return;
  const image = new Image();
  image.onload = () => {
    canvas.width = image.width;
    canvas.height = image.height;
    canvas.getContext("2d").drawImage(image, 0, 0);
  };
  image.src = "data:image/png;base64," + task.image_base64;
});
</script>
</body>
</html>
"""


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

    @blueprint.get("/api/agent/<agent_id>/node/<node_id>/screenshot/live")
    def live_view(agent_id, node_id):
        return LIVE_VIEW.replace("@AGENT@", agent_id).replace("@NODE@", node_id)

    return blueprint
