/** What the database holds before a fleet's day: machines in every state, accounts of every kind, sites, and an old code. */
import { createHash } from 'node:crypto';
import Database from 'better-sqlite3';

export interface DeviceIdentity {
  readonly hostname: string;
  readonly guid: string;
  readonly fingerprint: string;
  readonly refreshToken: string;
}

/** What a machine knows of itself. */
export type KnownDevice = Pick<DeviceIdentity, 'hostname' | 'guid' | 'refreshToken'>;

export interface FleetAccount {
  readonly username: string;
  readonly password: string;
  readonly role: 'Admin' | 'User';
  readonly secondFactor: 'none' | 'set up' | 'demanded';
}

/** Machines whose token does not open every door. */
export const ODD_STATES = ['revoked', 'quarantined', 'token revoked', 'token expired', 'row gone'] as const;
export type OddState = (typeof ODD_STATES)[number];

export const EXPIRED_CODE = 'AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-0000-1111';
/** Of the accounts with a second factor that is set up. */
export const CODE_SECRET = 'JBSWY3DPEHPK3PXP';
export const ACCOUNTS: readonly FleetAccount[] = [
  { username: 'admin', password: 'Password', role: 'Admin', secondFactor: 'none' },
  { username: 'Zoë', password: 'pässword', role: 'Admin', secondFactor: 'none' },
  { username: 'mira', password: 'pw', role: 'Admin', secondFactor: 'set up' },
  { username: 'neu', password: 'pw', role: 'Admin', secondFactor: 'demanded' },
  { username: 'guest', password: 'pw', role: 'User', secondFactor: 'none' },
];

const sha = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest('hex');

/** @param kind one hex digit that sets the machines of one kind apart */
export function deviceIdentity(kind: string, at: number): DeviceIdentity {
  const guid = `DDDDDDDD-EEEE-4FFF-8AAA-${kind.toUpperCase()}00000000${String(at).padStart(3, '0')}`;
  return {
    hostname: `PC-${kind}${String(at).padStart(3, '0')}`,
    guid,
    fingerprint: sha('sha256', guid),
    refreshToken: sha('sha256', `token of ${guid}`),
  };
}

/** Nobody may be using the database yet. */
export function seedFleet(
  databaseFile: string,
  devices: readonly DeviceIdentity[],
  odd: ReadonlyMap<OddState, DeviceIdentity>,
): void {
  const db = new Database(databaseFile);
  const add = (one: DeviceIdentity, state?: OddState): void => {
    if (state !== 'row gone') addDevice(db, one, state === 'revoked' || state === 'quarantined' ? state : 'active');
    addToken(db, one, state === 'token revoked', state === 'token expired' ? '2024' : '2099');
  };
  for (const one of devices) add(one);
  for (const [state, one] of odd) add(one, state);
  const addUser = db.prepare(
    'INSERT OR IGNORE INTO users (username, display_name, password_sha512, role, created_at, updated_at, mfa_enabled, mfa_secret) VALUES (?, ?, ?, ?, 1, 1, ?, ?)',
  );
  for (const { username, password, role, secondFactor } of ACCOUNTS) {
    const [enabled, secret] = [secondFactor === 'none' ? 0 : 1, secondFactor === 'set up' ? CODE_SECRET : null];
    addUser.run(username, username, sha('sha512', password), role, enabled, secret);
  }
  for (const name of ['Aachen', 'Bonn', 'Größenwahn'])
    db.prepare("INSERT INTO sites (name, description, created_at) VALUES (?, '', 1700000000)").run(name);
  db.prepare(
    "INSERT INTO enrollment_install_codes (id, code, expires_at, max_uses) VALUES ('old', ?, '2024-01-02T03:04:05+00:00', 1)",
  ).run(EXPIRED_CODE);
  db.close();
}

function addDevice(db: Database.Database, { hostname, guid, fingerprint }: DeviceIdentity, status: string): void {
  db.prepare(
    'INSERT INTO devices (guid, hostname, agent_id, ssl_key_fingerprint, token_version, status, created_at, last_seen) VALUES (?, ?, ?, ?, 1, ?, 1700000000, 1700000000)',
  ).run(guid, hostname, `${hostname}-agent`, fingerprint, status);
}

function addToken(db: Database.Database, { guid, refreshToken }: DeviceIdentity, isRevoked: boolean, until: string) {
  db.prepare(
    "INSERT INTO refresh_tokens (id, guid, token_hash, created_at, expires_at, revoked_at) VALUES (?, ?, ?, '2024-01-02T03:04:05+00:00', ?, ?)",
  ).run(
    `rt-${guid}`,
    guid,
    sha('sha256', refreshToken),
    `${until}-01-02T03:04:05+00:00`,
    isRevoked ? '2024-01-02T03:04:05+00:00' : null,
  );
}
