"""One agent from first start to steady state: the order of its calls and events (contract: agent-protocol 2)."""

import asyncio
import time

from socketio.exceptions import ConnectionError as SocketConnectionError

from calls import CallFailed, Calls, json_of
from realtime import Realtime
from report import Reporter
from scripts_of_jobs import run_script, script_text
from store import Store

ANY_HOST = ("", "unknown", "*", "(unknown)")


class Agent:
    def __init__(self, options):
        self._options = options
        self._reporter = Reporter(options.hostname)
        self._store = Store(options.state)
        self._calls = Calls(options, self._store, self._reporter)
        self._started = time.time()
        self._tasks = set()

    async def run(self):
        self._realtime = Realtime(
            self._options, self._store, self._calls, self._reporter, self._connected, self._run_job
        )
        self._reporter.say("started", server=self._calls.base, agent_id=self._agent_id)
        options = self._options
        loops = [
            self._connect(),
            self._realtime.watch_for_a_stuck_client(options.reconnect_seconds),
            self._every(options.first_heartbeat_seconds, options.heartbeat_seconds, self._heartbeat),
            self._every(options.first_script_seconds, options.script_seconds, self._script_request),
        ]
        if options.role_seconds > 0:
            loops.append(self._every(options.role_seconds, options.role_seconds, self._report_roles))
        await asyncio.gather(*loops)

    @property
    def _agent_id(self):
        host = self._options.hostname.upper().replace(" ", "-")
        return f"{host}_{self._store.guid_for_id.upper()}_{self._options.context}"

    async def _connect(self):
        """Ends with the first success: from then on the library reconnects by itself."""
        while True:
            try:
                # On this very loop, so no ping is answered while an approval or a refresh hangs.
                self._calls.authenticate()
                await self._realtime.dial()
                return
            except (CallFailed, SocketConnectionError) as error:
                self._reporter.say("connect_failed", reason=str(error))
            await asyncio.sleep(self._options.reconnect_seconds)

    async def _connected(self):
        self._reporter.say("connected", agent_id=self._agent_id)
        mode = self._options.context.lower()
        await self._realtime.emit("connect_agent", {"agent_id": self._agent_id, "service_mode": mode})
        await self._heartbeat()
        await self._realtime.emit("request_config", {"agent_id": self._agent_id})
        task = asyncio.ensure_future(self._checkin())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _every(self, first, interval, work):
        await asyncio.sleep(first)
        while True:
            await work()
            await asyncio.sleep(interval)

    async def _post(self, kind, path, body):
        """Status is told, whatever it is; None when there was no answer."""
        try:
            # On the loop for the same reason as in _connect; the call itself leaves the loop alone.
            self._calls.authenticate()
            answer = await asyncio.to_thread(self._calls.post, path, body)
            if self._calls.lost_by(path, answer):
                self._calls.authenticate()
                answer = await asyncio.to_thread(self._calls.post, path, body)
        except CallFailed as error:
            self._reporter.say(kind, status=None, reason=str(error))
            return None
        self._reporter.say(kind, status=answer.status_code)
        return answer

    async def _heartbeat(self):
        metrics = {
            "operating_system": "Sample OS",
            "service_mode": self._options.context.lower(),
            "uptime": int(time.time() - self._started),
            "hostname": self._options.hostname,
            "username": "sample",
            "cpu_percent": 1.0,
            "memory_percent": 1.0,
        }
        body = {"guid": self._store.guid, "hostname": self._options.hostname, "inventory": {}, "metrics": metrics}
        await self._post("heartbeat", "/api/agent/heartbeat", body)

    async def _checkin(self):
        body = {"agent_id": self._agent_id, "hostname": self._options.hostname, "username": ".\\svcBorealis"}
        answer = await self._post("checkin", "/api/agent/checkin", body)
        if answer is not None and json_of(answer).get("agent_guid"):
            self._store.keep_guid(json_of(answer)["agent_guid"])

    async def _script_request(self):
        answer = await self._post("script_request", "/api/agent/script/request", {"guid": self._store.guid})
        if answer is not None and json_of(answer).get("signing_key"):
            self._store.keep_server_material({"signing_key": json_of(answer)["signing_key"]})

    async def _report_roles(self):
        """What the role modules send, as far as the server's side tells."""
        who = {"agent_id": self._agent_id, "hostname": self._options.hostname, "service_mode": self._options.context.lower()}
        now = int(time.time())
        await self._realtime.emit("agent_heartbeat", {**who, "agent_operating_system": "Sample OS", "last_seen": now})
        await self._realtime.emit("collector_status", {**who, "active": True, "last_user": "CORP\\sample"})
        summary = {"hostname": self._options.hostname, "operating_system": "Sample OS", "last_user": "CORP\\sample"}
        details = {"summary": summary, "memory": [{"slot": "A", "gb": 16}], "cpu": {"name": "Sample", "cores": 4}}
        body = {"agent_id": self._agent_id, "hostname": self._options.hostname, "details": details}
        await self._post("details", "/api/agent/details", body)

    async def _run_job(self, job):
        """The rules of who runs a job are the agent's."""
        target = str(job.get("target_hostname") or "").strip().lower()
        if target not in (*ANY_HOST, self._options.hostname.lower()):
            return
        mode = str(job.get("run_mode") or "").lower()
        if mode == "system" and self._options.context != "SYSTEM":
            return
        result = {"job_id": job.get("job_id"), "status": "Failed", "stdout": "", "stderr": ""}
        if str(job.get("script_type") or "").lower() != "powershell":
            result["stderr"] = f"Unsupported type: {job.get('script_type')}"
        elif mode != "admin":
            result.update(await self._work(mode, script_text(job.get("script_content"))))
        sent = await self._realtime.emit("quick_job_result", result)
        self._reporter.say("job", job_id=job.get("job_id"), status=result["status"], sent=sent)

    async def _work(self, mode, text):
        def work():
            time.sleep(self._options.job_seconds)
            return run_script(self._options.interpreter, text)

        # On the loop: no ping is answered while a SYSTEM job runs, as in the real agent.
        return work() if mode == "system" else await asyncio.to_thread(work)
