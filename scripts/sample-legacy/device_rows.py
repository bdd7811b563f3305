"""Rows of `devices`: how they read as objects, and the upsert by hostname that most writers share."""

import json

from values import (
    agent_guid,
    epoch_to_human,
    epoch_to_iso,
    first_truthy,
    integer_or,
    json_of_kind,
    now_seconds,
    text_or_none,
)

LISTS = ("memory", "network", "software", "storage")
ONLINE_SECONDS = 300
_TEXTS = (
    "agent_hash agent_id device_type domain external_ip internal_ip last_reboot last_user operating_system"
    " connection_type connection_endpoint ansible_ee_ver"
).split()
_IN_SUMMARY = (
    "hostname description agent_hash agent_guid agent_id device_type domain external_ip internal_ip last_reboot last_seen"
    " last_user operating_system uptime created_at created connection_type connection_endpoint ansible_ee_ver"
).split()
_INVENTORY = (*LISTS, "cpu")
# Other names under which agents send a value; the first truthy one counts.
_ALIASES = {
    "device_type": ("device_type", "type"),
    "domain": ("domain",),
    "external_ip": ("external_ip", "public_ip"),
    "internal_ip": ("internal_ip", "private_ip"),
    "last_reboot": ("last_reboot", "last_boot"),
    "last_user": ("last_user", "last_user_name", "username"),
    "operating_system": ("operating_system", "agent_operating_system", "os"),
    "agent_id": ("agent_id",),
    "ansible_ee_ver": ("ansible_ee_ver",),
    "connection_type": ("connection_type", "remote_type"),
    "connection_endpoint": (
        "connection_endpoint",
        "connection_address",
        "address",
        "external_ip",
        "internal_ip",
    ),
}
_KEPT_UNLESS_GIVEN = ("agent_hash", "guid", *_ALIASES, "last_seen", "uptime")
_COLUMNS = ("hostname", "description", "created_at", *_INVENTORY, *_KEPT_UNLESS_GIVEN)
_UPSERT = f"""
    INSERT INTO devices({", ".join(_COLUMNS)}) VALUES ({", ".join("?" for _ in _COLUMNS)})
    ON CONFLICT(hostname) DO UPDATE SET
      description = excluded.description,
      created_at = COALESCE(devices.created_at, excluded.created_at),
      {", ".join(f"{c} = excluded.{c}" for c in _INVENTORY)},
      {", ".join(f"{c} = COALESCE(NULLIF(NULLIF(excluded.{c}, ''), 0), devices.{c})" for c in _KEPT_UNLESS_GIVEN)}
"""


def device_object(row):
    """What every reader of devices shows of a row."""
    device = {"hostname": row["hostname"] or "", "description": row["description"] or ""}
    device.update({name: text_or_none(row[name]) or "" for name in _TEXTS})
    device.update({name: integer_or(row[name] or 0, 0) for name in ("created_at", "last_seen", "uptime")})
    device.update({name: json_of_kind(row[name], list) for name in LISTS})
    device["cpu"] = json_of_kind(row["cpu"], dict)
    device["guid"] = device["agent_guid"] = agent_guid(row["guid"])
    device["created"] = epoch_to_human(device["created_at"])
    device["created_at_iso"] = epoch_to_iso(device["created_at"])
    device["last_seen_iso"] = epoch_to_iso(device["last_seen"])
    summary = {name: device[name] for name in _IN_SUMMARY}
    summary["uptime_sec"] = device["uptime"]
    device["summary"] = summary
    device["details"] = {"summary": summary, **{name: device[name] for name in _INVENTORY}}
    return device


def listed_device(row, site):
    """A device as the lists show it, with its site and whether it was seen lately."""
    device = device_object(row)
    # Shown in the summary alone.
    del device["ansible_ee_ver"], device["created"]
    device["site_id"] = site["id"] if site else None
    device["site_name"] = (site["name"] if site else "") or ""
    device["site_description"] = (site["description"] if site else "") or ""
    seen = device["last_seen"]
    device["status"] = "Online" if seen and now_seconds() - seen <= ONLINE_SECONDS else "Offline"
    return device


def find_by_hostname(connection, hostname):
    return connection.execute("SELECT * FROM devices WHERE hostname = ?", (hostname,)).fetchone()


def stored_document(row):
    """The document that a writer merges into: `summary`, the four lists, `cpu`."""
    if row is None:
        return {"summary": {}, **{name: [] for name in LISTS}, "cpu": {}}
    return device_object(row)["details"]


def upsert(connection, hostname, document, *, description="", created_at=None, agent_hash=None, guid=None):
    """Inserts or rewrites the row of a hostname from a whole document (contract: agents-http 7.6)."""
    summary = document.get("summary") or {}
    values = {name: text_or_none(first_truthy(summary, *names)) for name, names in _ALIASES.items()}
    values["last_seen"] = integer_or(summary.get("last_seen"), None)
    values["uptime"] = integer_or(first_truthy(summary, "uptime_sec", "uptime_seconds", "uptime"), None)
    values.update(hostname=hostname, description=description, created_at=created_at or now_seconds())
    values.update(agent_hash=text_or_none(agent_hash), guid=agent_guid(guid) or None)
    values.update({name: _inventory_text(document.get(name), "[]") for name in LISTS})
    values["cpu"] = _inventory_text(summary.get("cpu") or document.get("cpu"), "{}")
    connection.execute(_UPSERT, [values[column] for column in _COLUMNS])


def rewrite(connection, hostname, description="", **summary):
    """The upsert of what is stored, with these summary fields changed; an unknown hostname gets a row without a guid."""
    row = find_by_hostname(connection, hostname)
    document = stored_document(row)
    document["summary"] = {**document["summary"], **summary}
    upsert(
        connection,
        hostname,
        document,
        description=description or (row["description"] if row else "") or "",
        created_at=row["created_at"] if row else None,
        agent_hash=row["agent_hash"] if row else None,
        guid=row["guid"] if row else None,
    )


def _inventory_text(value, empty):
    return json.dumps(value) if isinstance(value, (dict, list)) else empty
