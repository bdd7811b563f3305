/** Device status as stored, and what it allows. */
import { trimmed } from '../../legacy-bridge/values/python-text.js';

const SHUT_OUT: ReadonlySet<string> = new Set(['revoked', 'decommissioned']);

/** Whether a device of this status may have no new token. Every other word passes, `quarantined` included. */
export function isShutOut(status: string | null): boolean {
  return SHUT_OUT.has(trimmed(status ?? '').toLowerCase());
}
