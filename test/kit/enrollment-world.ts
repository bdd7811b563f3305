/** An engine with an install code, an operator's hand on the database, and devices that enrol: what tests of enrolment share. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { writeTlsBundle } from './certificates.js';
import { type EngineProcess, startEngineProcess } from './engine-process.js';
import { type EnrollingDevice, type EnrollmentAnswer, enrollingDevice } from './enrolling-device.js';

export type Row = Readonly<Record<string, string | number | Buffer | null>>;

export interface EnrollmentWorld {
  readonly engine: EngineProcess;
  readonly base: string;
  readonly root: string;
  readonly db: Database.Database;
  /** Makes a code with its permanent copy. @returns its text */
  addCode(uses?: number, columns?: Row): string;
  addDevice(columns: Row): void;
  /** What an operator does, without the routes: the guid names a device, null leaves it open. */
  approve(device: EnrollingDevice, guid?: string | null): void;
  /** Asks, is approved, polls. */
  enrol(device: EnrollingDevice, code: string, guid?: string | null): Promise<EnrollmentAnswer>;
  row(table: string, column: string, value: string): Row | undefined;
  /** Text of all rows of the tables that enrolment writes. */
  state(): string;
  stop(): Promise<void>;
}

export const FUTURE = '2099-01-02T03:04:05+00:00';
const TABLES = [
  'devices',
  'device_keys',
  'device_approvals',
  'refresh_tokens',
  'enrollment_install_codes',
  'enrollment_install_codes_persistent',
];

export async function startEnrollmentWorld(env: Readonly<Record<string, string>> = {}): Promise<EnrollmentWorld> {
  const root = await mkdtemp(join(tmpdir(), 'engine-enrollment-'));
  writeTlsBundle(root);
  const engine = await startEngineProcess({ root, env });
  const db = new Database(engine.databaseFile);
  const insert = (table: string, columns: Row) => {
    const names = Object.keys(columns);
    const marks = names.map(() => '?').join(', ');
    db.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`).run(...Object.values(columns));
  };
  const world: EnrollmentWorld = {
    engine,
    base: engine.address,
    root,
    db,
    addCode(uses = 1, columns = {}) {
      const code = randomUUID().toUpperCase();
      const shared = { id: randomUUID(), code, expires_at: FUTURE, created_by_user_id: '1', max_uses: uses };
      insert('enrollment_install_codes', { ...shared, ...columns });
      insert('enrollment_install_codes_persistent', { ...shared, created_at: '2024-01-02T03:04:05+00:00' });
      return code;
    },
    addDevice: (columns) => insert('devices', { created_at: 1_700_000_000, last_seen: 1_700_000_000, ...columns }),
    approve(device, guid = null) {
      db.prepare(
        "UPDATE device_approvals SET status = 'approved', guid = COALESCE(?, guid) WHERE approval_reference = ?",
      ).run(guid, device.reference());
    },
    async enrol(device, code, guid) {
      const asked = await device.request(engine.address, code);
      if (asked.status !== 200) return asked;
      world.approve(device, guid);
      return await device.poll(engine.address);
    },
    row: (table, column, value) =>
      db.prepare(`SELECT * FROM ${table} WHERE ${column} = ?`).get(value) as Row | undefined,
    state: () => JSON.stringify(TABLES.map((table) => db.prepare(`SELECT * FROM ${table} ORDER BY rowid`).all())),
    async stop() {
      db.close();
      await engine.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
  return world;
}

export { type EnrollingDevice, enrollingDevice };
