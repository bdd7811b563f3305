"""The agent's Socket.IO side: python-socketio as the real agent uses it, watched for the packets that end it for good."""

import asyncio
from urllib.parse import urlsplit

import socketio
from engineio import packet as engineio_packet

STUCK_AFTER = 3


class Realtime:
    """One client for the life of the process. `on_connected` runs after each join, `on_job` for each job."""

    def __init__(self, options, store, calls, reporter, on_connected, on_job):
        self._store, self._calls, self._reporter = store, calls, reporter
        self.client = socketio.AsyncClient(
            reconnection=True,
            reconnection_attempts=0,
            reconnection_delay=options.reconnect_seconds,
            reconnection_delay_max=options.reconnect_seconds,
            randomization_factor=options.reconnect_seconds / 10,
            handle_sigint=False,
        )
        self.client.on("connect", on_connected)
        self.client.on("disconnect", self._disconnected)
        # Of the first dials `dial` tells; this is for those that the library makes by itself.
        self.client.on("connect_error", lambda why=None: reporter.say("dial_failed", reason=str(why)))
        self.client.on("agent_config", lambda data: reporter.say("config", roles=len((data or {}).get("roles") or [])))
        self.client.on("quick_job_run", on_job)
        self._watch_packets()

    async def dial(self):
        """Raises socketio's ConnectionError. Reconnections repeat the headers of the dial that worked."""
        # With a pinned file the library asks the system's trust store, without one it verifies nothing.
        self.client.eio.ssl_verify = self._store.pinned_certificate is not None
        parts = urlsplit(self._calls.base)
        await self.client.connect(
            f"{parts.scheme}://{parts.netloc}", headers=self._calls.headers(), transports=["websocket"]
        )

    async def watch_for_a_stuck_client(self, interval):
        """Tells, once, of a library that believes itself connected on a transport that is gone.

        It comes so when the connection drops between the answer to the join and the end of the connect handler: each
        new dial is then refused as `Already connected`, for ever.
        """
        seen = 0
        while seen < STUCK_AFTER:
            await asyncio.sleep(interval)
            stuck = self.client.connected and self.client.eio.state != "connected"
            seen = seen + 1 if stuck else 0
        self._reporter.say("socket_stuck")

    async def emit(self, event, data):
        """Nothing is queued: what is sent while disconnected is lost, as in the real agent."""
        try:
            await self.client.emit(event, data)
            return True
        except socketio.exceptions.SocketIOError:
            self._reporter.say("event_lost", event=event)
            return False

    def _disconnected(self):
        ws = self.client.eio.ws
        self._reporter.say("disconnected", close_code=ws.close_code if ws is not None else None)

    def _watch_packets(self):
        receive = self.client.eio._receive_packet

        async def watched(packet):
            if packet.packet_type == engineio_packet.CLOSE:
                self._reporter.say("engineio_close")
            elif packet.packet_type == engineio_packet.MESSAGE and str(packet.data)[:1] == "1":
                self._reporter.say("socketio_disconnect")
            await receive(packet)

        self.client.eio._receive_packet = watched
