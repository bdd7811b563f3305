/** Reads what the table says of callers: `access` and `hardened` of a row or the defaults, and the table's profile. */
import { ACCESS_CLASSES, PROFILES } from './access.js';
import type { FieldReader, RawField, RawFields } from './field-reader.js';
import type { AccessConfig, CallersConfig, TableConfig } from './table-config.js';

/** Keys that `readCallers` reads. */
export const CALLERS_FIELDS = { access: true, hardened: true } as const;

/** Why the sockets have no `access`. */
export const NO_SOCKETS_ACCESS =
  "expected no access here: agents come back to /socket.io/ with the token of their first dial, mostly expired by then, so whoever judges it there loses them; the side that has the sockets judges each event's sender";

export function readCallers(reader: FieldReader, fields: RawFields): CallersConfig {
  const read = (name: 'access' | 'hardened'): AccessConfig | undefined => {
    const raw = fields.get(name);
    const value = raw === undefined ? undefined : reader.oneOf(raw, ACCESS_CLASSES);
    return raw === undefined || value === undefined ? undefined : { value, line: raw.line, field: raw.field };
  };
  return { access: read('access'), hardened: read('hardened') };
}

export function readProfile(reader: FieldReader, raw: RawField): TableConfig['profile'] {
  const value = reader.oneOf(raw, PROFILES);
  return value === undefined ? undefined : { value, line: raw.line, field: raw.field };
}
