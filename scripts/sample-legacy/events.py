"""The Socket.IO events. Everyone may send them; relays go to every client; a handler that fails acknowledges nothing."""

from flask_socketio import emit, join_room

from registry import is_script_helper, is_service_id
from values import now_seconds

RELAYED = ("list_agent_windows", "agent_window_list", "ansible_playbook_run", "ansible_playbook_cancel")
_SERVICE_USERS = ("\\SYSTEM", "\\LOCAL SERVICE", "\\NETWORK SERVICE")


def register(legacy):
    socketio, registry = legacy.socketio, legacy.registry

    def relay(event):
        socketio.on_event(event, lambda data: emit(event, data, broadcast=True))

    for name in RELAYED:
        relay(name)

    @socketio.on("connect_agent")
    def connect_agent(data):
        agent_id = (data or {}).get("agent_id")
        if agent_id:
            join_room(agent_id)
            registry.connect(agent_id, data.get("service_mode"))

    @socketio.on("agent_heartbeat")
    def agent_heartbeat(data):
        agent_id = (data or {}).get("agent_id")
        if agent_id:
            registry.heartbeat(agent_id, data)

    @socketio.on("collector_status")
    def collector_status(data):
        agent_id = (data or {}).get("agent_id")
        if not agent_id:
            return
        hostname = registry.collect(agent_id, data)
        if hostname and _is_person(data.get("last_user"), agent_id):
            registry.rewrite_row(hostname, last_user=data["last_user"])

    @socketio.on("request_config")
    def request_config(data):
        configuration = registry.configurations.get((data or {}).get("agent_id"))
        if configuration is not None:
            emit("agent_config", configuration)

    @socketio.on("screenshot")
    def screenshot(data):
        agent_id, image = data.get("agent_id"), data.get("image_base64")
        if agent_id and image:
            emit("new_screenshot", {"agent_id": agent_id, "image_base64": image}, broadcast=True)

    @socketio.on("agent_screenshot_task")
    def agent_screenshot_task(data):
        if data.get("agent_id") and data.get("node_id"):
            emit("agent_screenshot_task", data, broadcast=True)

    @socketio.on("macro_status")
    def macro_status(data):
        data.get("agent_id")  # Legacy quirk: a payload that is no object fails here and is not relayed.
        emit("macro_status", data, broadcast=True)

    @socketio.on("quick_job_result")
    def quick_job_result(data):
        _store_result(legacy, data)


def _is_person(last_user, agent_id):
    name = str(last_user or "").strip()
    upper = name.upper()
    if not name or name.endswith("$") or "NT AUTHORITY\\" in upper or "NT SERVICE\\" in upper:
        return False
    if upper.endswith(_SERVICE_USERS) or upper == "ANONYMOUS LOGON":
        return False
    return is_script_helper(agent_id) or not is_service_id(agent_id)


def _store_result(legacy, data):
    try:
        job_id = int(data.get("job_id"))
    except (AttributeError, TypeError, ValueError, OverflowError):
        return
    status = (data.get("status") or "").strip() or "Failed"
    stdout, stderr = data.get("stdout") or "", data.get("stderr") or ""
    try:
        with legacy.database.transaction() as connection:
            connection.execute(
                "UPDATE activity_history SET status = ?, stdout = ?, stderr = ? WHERE id = ?",
                (status, stdout, stderr, job_id),
            )
            _close_run(connection, job_id, status)
            activity = connection.execute("SELECT hostname FROM activity_history WHERE id = ?", (job_id,)).fetchone()
    except Exception as error:  # noqa: BLE001
        print(f"result of activity {job_id} not stored: {error}", flush=True)
        return
    hostname = (activity["hostname"] if activity else "") or ""
    if hostname.strip():
        news = {"activity_id": job_id, "hostname": hostname, "status": status, "change": "updated", "source": "quick_job"}
        emit("device_activity_changed", news, broadcast=True)


def _close_run(connection, activity_id, status):
    """The run of a scheduled job that the activity belongs to, if any, takes over its status."""
    link = connection.execute(
        "SELECT run_id FROM scheduled_job_run_activity WHERE activity_id = ?", (activity_id,)
    ).fetchone()
    if link is None:
        return
    now = now_seconds()
    if status.lower() == "running":
        connection.execute(
            "UPDATE scheduled_job_runs SET status = 'Running', updated_at = ? WHERE id = ?", (now, link["run_id"])
        )
        return
    connection.execute(
        "UPDATE scheduled_job_runs SET status = ?, finished_ts = COALESCE(finished_ts, ?), updated_at = ? WHERE id = ?",
        (status, now, now, link["run_id"]),
    )
