/** Device status as stored, and what it allows. */
import { trimmed } from '../../legacy-bridge/values/python-text.js';

const SHUT_OUT: ReadonlySet<string> = new Set(['revoked', 'decommissioned']);

/** Whether a device of this status may have no new token. Every other word passes, `quarantined` included. */
export function isShutOut(status: string | null): boolean {
  return SHUT_OUT.has(trimmed(status ?? '').toLowerCase());
}

/**
 * What a device of this status may call: everything, the same but as one in quarantine, or nothing. No status is `active`;
 * any other word than the two shuts out.
 */
export function admissionOf(status: string | null): 'active' | 'quarantined' | 'shut-out' {
  const word = trimmed(status ?? '').toLowerCase();
  if (word === '' || word === 'active') return 'active';
  return word === 'quarantined' ? word : 'shut-out';
}
