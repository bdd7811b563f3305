/** A call for every route of the engine that writes, with what must be there before it. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, randomUUID, sign } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JWK, SignJWT } from 'jose';
import { newCodeSecret, oneTimeCode, readCodeSecret } from '../../src/engine/domain/one-time-code.js';
import { GUID } from './device-world.js';
import type { Call, DryRunWorld } from './dry-run-world.js';

/** A request as its route wants it. */
export interface WritingCall {
  /** `METHOD /rule`. */
  readonly route: string;
  /** Status that it is answered with, and the tables that it changes. */
  readonly status: number;
  readonly tables: readonly string[];
  make(world: DryRunWorld): Promise<Call>;
}

export const FUTURE = '2099-01-02T03:04:05+00:00';
/** SHA-512 of `Password`. */
const PASSWORD = createHash('sha512').update('Password').digest('hex');

const device = (path: string, body: unknown) => async (world: DryRunWorld) => ({
  path,
  headers: { authorization: `Bearer ${await world.token()}` },
  body,
});

const admin = (make: (world: DryRunWorld) => Omit<Call, 'headers'>) => async (world: DryRunWorld) => {
  const { body } = await world.live({
    path: '/api/auth/login',
    body: { username: 'admin', password: 'Password' },
    headers: { 'x-forwarded-for': '10.99.0.1' },
  });
  return { ...make(world), headers: { authorization: `Bearer ${body.token}` } };
};

export const WRITING_CALLS: readonly WritingCall[] = [
  {
    route: 'POST /api/agent/heartbeat',
    status: 200,
    tables: ['devices'],
    make: device('/api/agent/heartbeat', { hostname: 'PC', metrics: { operating_system: 'Windows 11' } }),
  },
  {
    // A device whose row was deleted is made anew by whatever it calls.
    route: 'POST /api/agent/script/request',
    status: 200,
    tables: ['devices'],
    make: async (world) => ({
      path: '/api/agent/script/request',
      headers: {
        authorization: `Bearer ${await world.token({ guid: randomUUID().toUpperCase(), fingerprint: 'ef'.repeat(32) })}`,
      },
      body: {},
    }),
  },
  {
    route: 'POST /api/agent/details',
    status: 200,
    tables: ['device_keys', 'devices'],
    make: device('/api/agent/details', {
      agent_id: 'PC-agent',
      hostname: 'PC',
      details: { summary: { internal_ip: '10.1.2.3' }, memory: [{ total: 2 ** 40 }], cpu: { name: 'x', cores: 8 } },
    }),
  },
  {
    route: 'POST /api/agent/checkin',
    status: 200,
    tables: ['agent_service_account', 'devices'],
    make: device('/api/agent/checkin', { agent_id: 'PC-agent-2', hostname: 'PC' }),
  },
  {
    route: 'POST /api/agent/service-account/rotate',
    status: 200,
    tables: ['agent_service_account'],
    make: device('/api/agent/service-account/rotate', { agent_id: 'PC-agent' }),
  },
  {
    route: 'POST /api/agent/hash',
    status: 200,
    tables: ['devices'],
    make: async () => ({ path: '/api/agent/hash', body: { agent_guid: GUID, agent_id: 'PC-agent', agent_hash: 'h1' } }),
  },
  {
    route: 'POST /api/agent/provision',
    status: 200,
    tables: [],
    make: async () => ({ path: '/api/agent/provision', body: { agent_id: 'PC-agent', roles: [{ role: 'macro' }] } }),
  },
  {
    route: 'DELETE /api/agent/:agent_id',
    status: 200,
    tables: [],
    make: async () => ({ method: 'DELETE', path: '/api/agent/PC-agent' }),
  },
  {
    route: 'POST /api/agent/token/refresh',
    status: 200,
    tables: ['refresh_tokens'],
    make: async () => ({
      path: '/api/agent/token/refresh',
      headers: { dpop: await proofOf('https://rmm.example/api/agent/token/refresh') },
      body: { guid: GUID, refresh_token: 'plain' },
    }),
  },
  {
    route: 'POST /api/agent/enroll/request',
    status: 200,
    tables: ['device_approvals'],
    make: async (world) => enrolmentOf(world).request,
  },
  {
    route: 'POST /api/agent/enroll/poll',
    status: 200,
    tables: [
      'device_approvals',
      'device_keys',
      'devices',
      'enrollment_install_codes',
      'enrollment_install_codes_persistent',
      'refresh_tokens',
    ],
    make: approvedPoll,
  },
  {
    route: 'POST /api/auth/login',
    status: 200,
    tables: ['users'],
    make: async (world) => {
      addUser(world, 'login');
      return { path: '/api/auth/login', body: { username: 'login', password: 'Password' } };
    },
  },
  { route: 'POST /api/auth/mfa/verify', status: 200, tables: ['users'], make: secondFactor },
  {
    route: 'POST /api/auth/logout',
    status: 200,
    tables: [],
    make: async () => ({ path: '/api/auth/logout', body: {} }),
  },
  {
    route: 'POST /api/admin/enrollment-codes',
    status: 200,
    tables: ['enrollment_install_codes', 'enrollment_install_codes_persistent'],
    make: admin(() => ({ path: '/api/admin/enrollment-codes', body: { ttl_hours: 3 } })),
  },
  {
    route: 'DELETE /api/admin/enrollment-codes/:code_id',
    status: 200,
    tables: ['enrollment_install_codes', 'enrollment_install_codes_persistent'],
    make: admin((world) => ({ method: 'DELETE', path: `/api/admin/enrollment-codes/${addCode(world).id}` })),
  },
  ...(['approve', 'deny'] as const).map((verb) => ({
    route: `POST /api/admin/device-approvals/:approval_id/${verb}`,
    status: 200,
    tables: ['device_approvals'],
    make: async (world: DryRunWorld) => {
      await world.live(enrolmentOf(world).request);
      const id = world.db
        .prepare("SELECT id FROM device_approvals WHERE status = 'pending' ORDER BY rowid DESC")
        .pluck()
        .get();
      return await admin(() => ({ path: `/api/admin/device-approvals/${id}/${verb}`, body: {} }))(world);
    },
  })),
  {
    route: 'POST /api/scheduled_jobs',
    status: 200,
    tables: ['scheduled_jobs'],
    make: async () => ({ path: '/api/scheduled_jobs', body: NEW_JOB }),
  },
  {
    route: 'PUT /api/scheduled_jobs/:job_id(int)',
    status: 200,
    tables: ['scheduled_jobs'],
    make: async (world) => ({ method: 'PUT', path: `/api/scheduled_jobs/${addJob(world)}`, body: { name: 'other' } }),
  },
  {
    route: 'DELETE /api/scheduled_jobs/:job_id(int)',
    status: 200,
    tables: ['scheduled_jobs'],
    make: async (world) => ({ method: 'DELETE', path: `/api/scheduled_jobs/${addJob(world)}` }),
  },
  {
    route: 'POST /api/scheduled_jobs/:job_id(int)/toggle',
    status: 200,
    tables: ['scheduled_jobs'],
    make: async (world) => ({ path: `/api/scheduled_jobs/${addJob(world)}/toggle`, body: { enabled: false } }),
  },
  {
    route: 'DELETE /api/device/activity/:hostname',
    status: 200,
    tables: ['activity_history'],
    make: async ({ db }) => {
      db.prepare("INSERT INTO activity_history (hostname, status) VALUES ('old', 'Success')").run();
      return { method: 'DELETE', path: '/api/device/activity/old' };
    },
  },
  {
    route: 'POST /api/scripts/quick_run',
    status: 200,
    tables: ['activity_history'],
    make: async ({ engine }) => {
      const folder = join(engine.root, 'Assemblies', 'Scripts');
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'a.ps1'), 'Get-Date');
      return { path: '/api/scripts/quick_run', body: { script_path: 'Scripts/a.ps1', hostnames: ['PC'] } };
    },
  },
  {
    route: 'POST /api/ansible/quick_run',
    status: 200,
    tables: ['activity_history'],
    make: async ({ engine }) => {
      const folder = join(engine.root, 'Assemblies', 'Ansible_Playbooks');
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'site.yml'), '- hosts: all');
      return { path: '/api/ansible/quick_run', body: { playbook_path: 'site.yml', hostnames: ['PC'] } };
    },
  },
  {
    route: 'POST /api/ansible/recap/report',
    status: 200,
    tables: ['activity_history', 'ansible_play_recaps', 'scheduled_job_runs'],
    make: async (world) => {
      const job = addJob(world);
      const insert = world.db.prepare("INSERT INTO activity_history (hostname, status) VALUES ('PC', 'Running')");
      const activity = Number(insert.run().lastInsertRowid);
      const run = world.db.prepare('SELECT MAX(id) FROM scheduled_job_runs WHERE job_id = ?').pluck().get(job);
      const recap = {
        run_id: 'r-1',
        hostname: 'PC',
        status: 'Failed',
        recap_text: 'failed=1',
        recap_json: { failed: 1 },
      };
      const named = { activity_job_id: activity, scheduled_job_id: job, scheduled_run_id: run };
      return { path: '/api/ansible/recap/report', body: { ...recap, ...named } };
    },
  },
  {
    route: 'DELETE /api/scheduled_jobs/:job_id(int)/runs',
    status: 200,
    tables: ['scheduled_job_runs'],
    make: async (world) => ({ method: 'DELETE', path: `/api/scheduled_jobs/${addJob(world)}/runs` }),
  },
];

const NEW_JOB = { name: 'job', components: [{ type: 'script', path: 'a.json' }], targets: ['PC'] };

/** A job with two occurrences behind it. @returns its id */
function addJob({ db }: DryRunWorld): number | bigint {
  const { lastInsertRowid: id } = db
    .prepare(
      "INSERT INTO scheduled_jobs (name, components_json, targets_json, schedule_type, execution_context, enabled, created_at) VALUES ('job', '[]', '[\"PC\"]', 'once', 'system', 1, 1)",
    )
    .run();
  const addRun = db.prepare(
    "INSERT INTO scheduled_job_runs (job_id, scheduled_ts, started_ts, status, target_hostname) VALUES (?, ?, ?, 'Success', 'PC')",
  );
  for (const at of [60, 120]) addRun.run(id, at, at);
  return id;
}

/** A DPoP proof of a key that nobody else has. */
export function proofOf(htu: string): Promise<string> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const jwk = publicKey.export({ format: 'jwk' }) as JWK;
  return new SignJWT({ htm: 'POST', htu, jti: randomUUID(), iat: Math.floor(Date.now() / 1000) })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'dpop+jwt', jwk })
    .sign(privateKey);
}

/** A machine that asks to be enrolled, from an address of its own. */
export function enrolmentOf(world: DryRunWorld): {
  readonly request: Call;
  readonly key: KeyObject;
  readonly nonce: string;
} {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const nonce = randomBytes(32).toString('base64');
  const body = {
    hostname: `NEW-${randomUUID().slice(0, 8)}`,
    enrollment_code: addCode(world).code,
    agent_pubkey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    client_nonce: nonce,
  };
  const headers = { 'x-forwarded-for': `10.${randomBytes(3).join('.')}` };
  return { request: { path: '/api/agent/enroll/request', headers, body }, key: privateKey, nonce };
}

/** A poll that finishes an enrolment. */
export async function approvedPoll(world: DryRunWorld): Promise<Call> {
  const { request, key, nonce } = enrolmentOf(world);
  const { body } = await world.live(request);
  const reference = String(body.approval_reference);
  world.db.prepare("UPDATE device_approvals SET status = 'approved' WHERE approval_reference = ?").run(reference);
  const message = [
    Buffer.from(String(body.server_nonce), 'base64'),
    Buffer.from(reference),
    Buffer.from(nonce, 'base64'),
  ];
  const proof = sign(null, Buffer.concat(message), key).toString('base64');
  return {
    path: '/api/agent/enroll/poll',
    body: { approval_reference: reference, client_nonce: nonce, proof_sig: proof },
  };
}

/** A code that goes with a session which waits for one. */
export async function secondFactor(world: DryRunWorld): Promise<Call> {
  const secret = newCodeSecret(randomBytes(20));
  const username = addUser(world, `mfa-${randomUUID().slice(0, 8)}`, secret);
  const login = await world.live({ path: '/api/auth/login', body: { username, password: 'Password' } });
  const cookies = [login.headers['set-cookie'] ?? []].flat().map((line) => line.split(';')[0]);
  const code = oneTimeCode(readCodeSecret(secret) ?? Buffer.alloc(0), Math.floor(Date.now() / 30_000));
  return {
    path: '/api/auth/mfa/verify',
    headers: { cookie: cookies.join('; ') },
    body: { pending_token: login.body.pending_token, code },
  };
}

function addCode({ db }: DryRunWorld): { readonly id: string; readonly code: string } {
  const id = randomUUID();
  const code = randomUUID().toUpperCase();
  db.prepare('INSERT INTO enrollment_install_codes (id, code, expires_at, max_uses) VALUES (?, ?, ?, 1)').run(
    id,
    code,
    FUTURE,
  );
  db.prepare(
    "INSERT INTO enrollment_install_codes_persistent (id, code, created_at, expires_at, max_uses) VALUES (?, ?, '2024-01-02T03:04:05+00:00', ?, 1)",
  ).run(id, code, FUTURE);
  return { id, code };
}

function addUser({ db }: DryRunWorld, username: string, secret: string | null = null): string {
  db.prepare(
    "INSERT INTO users (username, display_name, password_sha512, role, mfa_enabled, mfa_secret) VALUES (?, ?, ?, 'User', ?, ?)",
  ).run(username, username, PASSWORD, secret === null ? 0 : 1, secret);
  return username;
}
