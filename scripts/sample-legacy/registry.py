"""What the server remembers of agents while it runs: entries and configurations by agent id. Lost at restart."""

from dataclasses import dataclass, field

import device_rows
from values import agent_guid, now_seconds

COLLECTOR_SHOWN_SECONDS = 130
COLLECTOR_ONLINE_SECONDS = 300
_SYSTEM_WORDS = ("system", "svc", "service", "system_service")


def is_service_id(agent_id):
    lowered = str(agent_id).lower()
    return "-svc-" in lowered or lowered.endswith("-svc")


def is_script_helper(agent_id):
    return isinstance(agent_id, str) and agent_id.lower().endswith("-script")


def mode_of(text, agent_id):
    word = text.strip().lower() if isinstance(text, str) else ""
    if word in _SYSTEM_WORDS or (not word and is_service_id(agent_id)):
        return "system"
    return "currentuser"


@dataclass
class Registry:
    database: object
    entries: dict = field(default_factory=dict)
    configurations: dict = field(default_factory=dict)

    def load(self):
        """Every device row is an agent that is offline until it connects."""
        for row in self.database.rows("SELECT * FROM devices"):
            agent_id = (row["agent_id"] or "").strip() or row["hostname"]
            entry = {
                "agent_id": agent_id,
                "hostname": row["hostname"],
                "agent_operating_system": row["operating_system"] or "-",
                "device_type": row["device_type"] or "",
                "last_seen": row["last_seen"] or 0,
                "status": "Offline",
            }
            if (row["agent_hash"] or "").strip():
                entry["agent_hash"] = row["agent_hash"].strip()
            if agent_guid(row["guid"]):
                entry["agent_guid"] = agent_guid(row["guid"])
            if agent_id:
                self.entries[agent_id] = entry

    def entry(self, agent_id):
        """The entry of an id, made when missing."""
        entry = self.entries.setdefault(agent_id, {})
        entry["agent_id"] = agent_id
        return entry

    def connect(self, agent_id, service_mode):
        entry = self.entry(agent_id)
        entry.setdefault("hostname", "unknown")
        entry.setdefault("agent_operating_system", "-")
        entry["last_seen"] = now_seconds()
        entry["status"] = "provisioned" if agent_id in self.configurations else "orphaned"
        self._set_mode(entry, mode_of(service_mode, agent_id))
        self.persist(entry["hostname"], entry["last_seen"], agent_id)

    def heartbeat(self, agent_id, payload):
        mode = mode_of(payload.get("service_mode"), agent_id)
        hostname = payload.get("hostname")
        if hostname and self._give_way(agent_id, hostname, mode, payload):
            return
        entry = self.entry(agent_id)
        if hostname:
            entry["hostname"] = hostname
        if payload.get("agent_operating_system"):
            entry["agent_operating_system"] = payload["agent_operating_system"]
        entry["last_seen"] = int(payload.get("last_seen") or now_seconds())
        if agent_id in self.configurations:
            entry["status"] = "provisioned"
        else:
            entry.setdefault("status", "orphaned")
        self._set_mode(entry, mode)
        self.persist(entry.get("hostname"), entry["last_seen"], agent_id)

    def _give_way(self, agent_id, hostname, mode, payload):
        """Other entries of the host go, and their first configuration passes on. True: the sender is a helper beside an agent."""
        inherited = None
        for other_id, other in list(self.entries.items()):
            if other_id == agent_id or other.get("hostname") != hostname:
                continue
            if mode_of(other.get("service_mode"), other_id) != mode:
                continue
            if is_script_helper(agent_id) and not other.get("is_script_agent"):
                self.persist(hostname, payload.get("last_seen") or now_seconds(), other_id)
                return True
            self.entries.pop(other_id)
            configuration = self.configurations.pop(other_id, None)
            inherited = inherited or configuration
        if inherited:
            self.configurations.setdefault(agent_id, inherited)
        return False

    def collect(self, agent_id, payload):
        """The collector's report; gives the hostname it is for."""
        entry = self.entry(agent_id)
        if payload.get("hostname"):
            entry["hostname"] = payload["hostname"]
        if payload.get("active"):
            entry["collector_active_ts"] = now_seconds()
        entry["service_mode"] = mode_of(payload.get("service_mode"), agent_id)
        return payload.get("hostname") or entry.get("hostname")

    def provision(self, agent_id, roles):
        self.configurations[agent_id] = {"roles": roles}
        if agent_id in self.entries:
            self.entries[agent_id]["status"] = "provisioned"

    def forget(self, agent_id):
        self.configurations.pop(agent_id, None)
        return self.entries.pop(agent_id, None) is not None

    def persist(self, hostname, last_seen, agent_id):
        """Notes in the device row of the hostname that the agent was seen."""
        if not hostname or str(hostname).strip().lower() == "unknown":
            return
        self.rewrite_row(hostname, last_seen=last_seen, agent_id=agent_id)

    def rewrite_row(self, hostname, **summary):
        """Changes these fields in the device row. A failure is swallowed, as the legacy does."""
        try:
            with self.database.transaction() as connection:
                device_rows.rewrite(connection, hostname, **summary)
        except Exception as error:  # noqa: BLE001
            print(f"device row of {hostname!r} not written: {error}", flush=True)

    def learn_details(self, summary, hostname, agent_hash, guid):
        """What a details report tells of an agent; makes no entry."""
        entry = self.entries.get(summary.get("agent_id"))
        if entry is not None:
            for field_name, value in (
                ("agent_operating_system", summary.get("operating_system")),
                ("device_type", summary.get("device_type")),
            ):
                if value:
                    entry[field_name] = value
        self.learn_identity(summary.get("agent_id"), hostname, agent_hash, guid)

    def learn_identity(self, agent_id, hostname, agent_hash, guid):
        """Hash and GUID, for the entry of the id and every entry of the hostname."""
        for known_id, entry in self.entries.items():
            if known_id == agent_id or (hostname and entry.get("hostname") == hostname):
                if agent_hash:
                    entry["agent_hash"] = agent_hash
                if guid:
                    entry["agent_guid"] = guid

    def learn_hash(self, agent_id, hostname, agent_hash, guid):
        """What an agent reports of its build, for every entry of its guid, its id or its hostname."""
        for known_id, entry in self.entries.items():
            named = known_id == agent_id or (hostname and entry.get("hostname") == hostname)
            if named or (guid and entry.get("agent_guid") == guid):
                entry["agent_hash"] = agent_hash
                if guid:
                    entry["agent_guid"] = guid

    def is_hidden_helper(self, agent_id, entry):
        mode = mode_of(entry.get("service_mode"), agent_id)
        return mode == "system" and (is_script_helper(agent_id) or bool(entry.get("is_script_agent")))

    def shown(self):
        """Entries by id: one per hostname and mode, the one seen last."""
        best = {}
        for agent_id, entry in self.entries.items():
            mode = mode_of(entry.get("service_mode"), agent_id)
            if self.is_hidden_helper(agent_id, entry):
                continue
            record = {**entry, "service_mode": mode}
            record["hostname"] = (entry.get("hostname") or "").strip() or "unknown"
            record["collector_active"] = now_seconds() - entry.get("collector_active_ts", 0) < COLLECTOR_SHOWN_SECONDS
            key = (record["hostname"], mode)
            if key not in best or record.get("last_seen", 0) >= best[key][1].get("last_seen", 0):
                best[key] = (agent_id, record)
        return dict(best.values())

    def collects(self, hostname):
        """Whether jobs would be sent to a host: exactly this name, its collector heard of lately."""
        since = now_seconds() - COLLECTOR_ONLINE_SECONDS
        return any(
            entry.get("hostname") == hostname and entry.get("collector_active_ts", 0) >= since
            for entry in self.entries.values()
        )

    def _set_mode(self, entry, mode):
        entry["service_mode"] = mode
        if is_script_helper(entry["agent_id"]):
            entry["is_script_agent"] = mode != "currentuser"
        else:
            entry.pop("is_script_agent", None)
