/**
 * What a dry run adds to a sampled write: the snapshot, then the engine's dry run, both before the legacy hears of the request; and
 * what it costs to see the legacy's effects afterwards, in the observer's thread. Bounded in calls; loopback only.
 *
 * Usage: tsx scripts/bench-dry-run.ts [CALLS=1500]
 */
import type { Effects } from '../src/legacy-bridge/effects/effects.js';
import { startEffectsObserver } from '../src/legacy-bridge/effects/start-effects-observer.js';
import { GUID } from '../test/kit/device-world.js';
import { type Call, startDryRunWorld } from '../test/kit/dry-run-world.js';

/** The database that the observer looks through: a fleet's inventories. */
const DEVICES = 500;
const INVENTORY_BYTES = 20_000;
/** Milliseconds that a dry run may add at p50. */
const GOAL_MS = 3;

const calls = Math.min(Number(process.argv[2] ?? 1500), 20_000);
const world = await startDryRunWorld({}, { built: true });
const observer = startEffectsObserver({ file: world.engine.databaseFile });
try {
  fill();
  const headers = { authorization: `Bearer ${await world.token()}` };
  const heartbeat: Call = {
    path: '/api/agent/heartbeat',
    headers,
    body: {
      hostname: 'PC',
      inventory: {},
      metrics: { operating_system: 'Windows 11', uptime: 3600, username: 'CORP\\user' },
    },
  };
  const refresh: Call = { path: '/api/agent/token/refresh', headers, body: { guid: GUID, refresh_token: 'plain' } };
  const reached = [await measure('heartbeat', heartbeat), await measure('token refresh', refresh)];
  process.exitCode = reached.every(Boolean) ? 0 : 1;
} finally {
  await observer.close();
  await world.stop();
}

/** One after the other, as a sampled write meets them. */
async function measure(name: string, call: Call): Promise<boolean> {
  const times: Record<'plain call' | 'snapshot' | 'dry run' | 'added' | 'locked' | 'effects', number[]> = {
    'plain call': [],
    snapshot: [],
    'dry run': [],
    added: [],
    locked: [],
    effects: [],
  };
  for (let n = -200; n < calls; n += 1) {
    const asked = performance.now();
    await world.live({ method: 'GET', path: '/health' });
    const began = performance.now();
    const observation = await observer.open();
    const opened = performance.now();
    const reply = await world.dryRun(call);
    const ran = performance.now();
    if (reply.outcome !== 'run' || reply.answer.status !== 200) throw new Error(JSON.stringify(reply));
    world.db.prepare('UPDATE devices SET last_seen = last_seen + 1 WHERE guid = ?').run(GUID);
    const wrote = performance.now();
    await observation.finish(reply.effects satisfies Effects);
    if (n < 0) continue;
    times['plain call'].push(began - asked);
    times.snapshot.push(opened - began);
    times['dry run'].push(ran - opened);
    times.added.push(ran - began);
    times.locked.push(reply.lockMs);
    times.effects.push(performance.now() - wrote);
  }
  const text = Object.entries(times).map(([what, list]) => `${what} ${at(list, 0.5)} / ${at(list, 0.99)} ms`);
  const reached = Number(at(times.added, 0.5)) < GOAL_MS;
  console.log(`${name}, p50 / p99: ${text.join(', ')}${reached ? '' : `  MISSED (goal ${GOAL_MS} ms at p50)`}`);
  return reached;
}

function at(list: number[], quantile: number): string {
  const sorted = [...list].sort((a, b) => a - b);
  return (sorted[Math.floor(sorted.length * quantile)] ?? Number.NaN).toFixed(2);
}

function fill(): void {
  const insert = world.db.prepare(
    'INSERT INTO devices (guid, hostname, ssl_key_fingerprint, software, memory, network) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const text = (bytes: number): string => JSON.stringify('x'.repeat(bytes));
  world.db
    .transaction(() => {
      for (let n = 0; n < DEVICES; n += 1)
        insert.run(`guid-${n}`, `HOST-${n}`, `key-${n}`, text(INVENTORY_BYTES - 4000), text(2000), text(2000));
    })
    .immediate();
}
