/**
 * What identifies a row to those who use it, by table. Pairs new rows of both sides and names rows in paths. Tables whose only key
 * is made up at random are left out: their new rows are paired by likeness.
 */
import type { EffectRow } from '../../../legacy-bridge/effects/effects.js';

const NATURAL_KEYS: Readonly<Record<string, readonly string[] | undefined>> = {
  devices: ['guid'],
  device_keys: ['guid', 'ssl_key_fingerprint'],
  device_sites: ['device_hostname'],
  device_list_views: ['name'],
  sites: ['name'],
  users: ['username'],
  agent_service_account: ['agent_id'],
  credentials: ['name'],
  scheduled_job_runs: ['job_id', 'scheduled_ts', 'target_hostname'],
};
/** Shown for rows of other tables, where they have it. */
const USUAL_KEYS = ['guid', 'id', 'name'] as const;
const LONGEST_SHOWN = 60;

/** @returns one text for equal keys; undefined for tables without one, and for rows that lack a part of it */
export function naturalKey(table: string, row: EffectRow): string | undefined {
  const values = NATURAL_KEYS[table]?.map((column) => row[column]);
  if (values === undefined || values.some((value) => value === undefined || value === null)) return undefined;
  return JSON.stringify(values);
}

/** How paths name a row: `guid=4C4C…`, or its place in the table. */
export function shownKey(table: string, row: EffectRow, rowId: number): string {
  const columns = NATURAL_KEYS[table] ?? USUAL_KEYS.filter((column) => column in row).slice(0, 1);
  const parts = columns.flatMap((column) => {
    const value = row[column];
    return typeof value === 'string' || typeof value === 'number' ? [`${column}=${String(value)}`] : [];
  });
  return parts.length === 0 ? `rowid=${rowId}` : parts.join(',').slice(0, LONGEST_SHOWN);
}
