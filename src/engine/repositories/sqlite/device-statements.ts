/** The statements of `sqlite-device-repository.ts`. Parameters are in the order of its calls. */
import { digits, numberOrText, text } from './column-forms.js';

const CREDENTIAL = `
  SELECT ${[
    text('guid'),
    text('ssl_key_fingerprint', 'fingerprint'),
    numberOrText('token_version', 'tokenVersion'),
    text('status'),
  ].join(', ')}
  FROM devices`;

export const FIND_CREDENTIAL = `${CREDENTIAL} WHERE guid = ?`;
/** Reads the whole table; asked only for devices without a row. */
export const FIND_CREDENTIALS_IN_ANY_CASE = `${CREDENTIAL} WHERE UPPER(guid) = UPPER(?)`;
export const RESPELL_GUID = 'UPDATE devices SET guid = ? WHERE guid = ?';
export const HAS_HOSTNAME = 'SELECT 1 FROM devices WHERE hostname = ?';
export const INSERT_RECOVERED = `
  INSERT INTO devices (guid, hostname, created_at, last_seen, ssl_key_fingerprint, token_version, status, key_added_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
export const FIND_KEPT_STATUS = `SELECT ${text('status')} FROM engine_kept_status WHERE guid = UPPER(?)`;

/** A hostname that another row has is left out, and the rest written all the same. */
export const RECORD_HEARTBEAT = `
  UPDATE devices SET
    hostname = CASE
      WHEN ? IS NULL OR EXISTS (SELECT 1 FROM devices other WHERE other.hostname = ? AND other.rowid <> devices.rowid)
      THEN hostname ELSE ? END,
    memory = COALESCE(?, memory),
    network = COALESCE(?, network),
    software = COALESCE(?, software),
    storage = COALESCE(?, storage),
    cpu = COALESCE(?, cpu),
    last_user = COALESCE(?, last_user),
    operating_system = COALESCE(?, operating_system),
    uptime = COALESCE(?, uptime),
    external_ip = COALESCE(?, external_ip),
    internal_ip = COALESCE(?, internal_ip),
    device_type = COALESCE(?, device_type),
    last_seen = ?
  WHERE guid = ?`;

const RECORD = `
  SELECT rowid AS rowId, ${[
    text('guid'),
    text('hostname'),
    text('description'),
    text('agent_hash', 'agentHash'),
    text('memory'),
    text('network'),
    text('software'),
    text('storage'),
    text('cpu'),
    text('device_type', 'deviceType'),
    text('domain'),
    text('external_ip', 'externalIp'),
    text('internal_ip', 'internalIp'),
    text('last_reboot', 'lastReboot'),
    digits('last_seen', 'lastSeen'),
    text('last_user', 'lastUser'),
    text('operating_system', 'operatingSystem'),
    digits('uptime', 'uptime'),
    text('agent_id', 'agentId'),
    text('ansible_ee_ver', 'ansibleEeVer'),
    text('connection_type', 'connectionType'),
    text('connection_endpoint', 'connectionEndpoint'),
  ].join(', ')}
  FROM devices`;

export const RECORD_BY_GUID = `${RECORD} WHERE guid = ?`;
export const RECORD_BY_GUID_IN_ANY_CASE = `${RECORD} WHERE LOWER(guid) = LOWER(?) ORDER BY rowid LIMIT 1`;
export const RECORD_BY_HOSTNAME = `${RECORD} WHERE hostname = ?`;
export const RECORD_BY_AGENT_ID = `${RECORD} WHERE agent_id = ? ORDER BY rowid LIMIT 1`;
export const RECORD_BY_HOST_OF_AGENT = `
  ${RECORD} WHERE LOWER(hostname) = ?
  ORDER BY LOWER(COALESCE(agent_id, '')) = ? DESC, rowid LIMIT 1`;
export const ALL_RECORDS = `${RECORD} ORDER BY rowid`;

export const REWRITE = `
  UPDATE devices SET
    description = ?,
    memory = ?,
    network = ?,
    software = ?,
    storage = ?,
    cpu = ?,
    agent_hash = COALESCE(?, agent_hash),
    device_type = COALESCE(?, device_type),
    domain = COALESCE(?, domain),
    external_ip = COALESCE(?, external_ip),
    internal_ip = COALESCE(?, internal_ip),
    last_reboot = COALESCE(?, last_reboot),
    last_seen = COALESCE(?, last_seen),
    last_user = COALESCE(?, last_user),
    operating_system = COALESCE(?, operating_system),
    uptime = COALESCE(?, uptime),
    agent_id = COALESCE(?, agent_id),
    ansible_ee_ver = COALESCE(?, ansible_ee_ver),
    connection_type = COALESCE(?, connection_type),
    connection_endpoint = COALESCE(?, connection_endpoint),
    created_at = COALESCE(created_at, ?)
  WHERE rowid = ?`;
export const RENAME = 'UPDATE devices SET hostname = ? WHERE rowid = ?';
export const SET_GUID = 'UPDATE devices SET guid = ? WHERE rowid = ? AND guid IS NULL';
export const NOTE_CHECK_IN = 'UPDATE devices SET agent_id = ?, ssl_key_fingerprint = ?, last_seen = ? WHERE guid = ?';
export const RECORD_KEY = `
  UPDATE devices SET ssl_key_fingerprint = ?, key_added_at = COALESCE(key_added_at, ?) WHERE rowid = ?`;

export const INSERT_ENROLLED = `
  INSERT INTO devices (guid, hostname, created_at, last_seen, ssl_key_fingerprint, token_version, status, key_added_at)
  VALUES (?, ?, ?, ?, ?, 1, ?, ?)`;
export const REPLACE_KEY = `
  UPDATE devices SET ssl_key_fingerprint = ?, key_added_at = ?, token_version = ?, status = ? WHERE guid = ?`;
export const SET_FIRST_KEY = 'UPDATE devices SET ssl_key_fingerprint = ?, key_added_at = ? WHERE guid = ?';
export const HOST_OWNER = `
  SELECT ${text('d.guid', 'guid')}, ${text('d.ssl_key_fingerprint', 'fingerprint')},
    a.site_id AS siteId, ${text('s.name', 'siteName')}
  FROM devices d
  LEFT JOIN device_sites a ON a.device_hostname = d.hostname
  LEFT JOIN sites s ON s.id = a.site_id
  WHERE d.hostname = ?`;

export const INSERT_SEEN =
  "INSERT INTO devices (hostname, created_at, token_version, status) VALUES (?, ?, 1, 'active') RETURNING rowid AS rowId";
/** Lengths in bytes stand in a record's head: the lists themselves are not read. */
export const FIND_MARK = `
  SELECT rowid AS rowId, ${['memory', 'network', 'software', 'storage', 'cpu']
    .map((column) => `COALESCE(octet_length(${column}), -1) || ' ' ||`)
    .join(' ')}
    (description IS NULL) || (created_at IS NULL) || ' ' || COALESCE(guid, '') || ' ' || COALESCE(connection_endpoint, '') || ' ' ||
    COALESCE(external_ip, '') || ' ' || COALESCE(internal_ip, '') AS mark
  FROM devices WHERE hostname = ?`;
export const NOTE_SEEN = `
  UPDATE devices SET
    last_seen = COALESCE(?, last_seen), agent_id = COALESCE(?, agent_id), last_user = COALESCE(?, last_user)
  WHERE rowid = ?`;
