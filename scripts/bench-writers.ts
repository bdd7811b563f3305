/**
 * Two minutes of the engine, behind the facade, and a Python process writing the same rows as fast as they can: what was
 * lost, what was refused, and how late the facade's event loop ran. The same as test/engine/two-writers.test.ts, for longer.
 *
 * Usage: tsx scripts/bench-writers.ts [SECONDS=120]
 */
import { join } from 'node:path';
import { readEd25519Key } from '../src/legacy-bridge/keys/ed25519-key-file.js';
import { accessTokenSigner } from '../src/legacy-bridge/tokens/access-token.js';
import { startFacadeProcess } from '../test/kit/facade-process.js';
import { startSampleLegacy } from '../test/kit/sample-legacy.js';
import { runTwoWriters, seedWriters } from '../test/kit/two-writers.js';

/** Enough that no device comes near its 60 calls a minute. */
const DEVICES = 8000;
/** The facade begins a new window with a reading that follows the last one by so long. */
const WINDOW_MS = 5100;
const MOST_LAG_MS = 20;

const seconds = Math.min(Number(process.argv[2] ?? 120), 600);
const legacy = await startSampleLegacy();
const facade = await startFacadeProcess({ legacy });
try {
  await facade.engineReady();
  seedWriters(legacy.databaseFile, DEVICES);
  await facade.flip('device-calls', 'engine');
  const { privateKey, kid } = await readEd25519Key(
    join(legacy.root, 'Server', 'Borealis', 'auth_keys', 'borealis-jwt-ed25519.key'),
  );
  await new Promise((resolve) => setTimeout(resolve, WINDOW_MS));
  await lagOfFacade();
  const result = await runTwoWriters({
    base: facade.address,
    databaseFile: legacy.databaseFile,
    signer: accessTokenSigner(privateKey, kid),
    seconds,
    devices: DEVICES,
  });
  const lag = await lagOfFacade();
  const { served, refused, p99Ms, python, lost, integrity } = result;
  console.log(
    `engine: ${Math.round(served / seconds)} writes a second, p99 ${p99Ms.toFixed(1)} ms, ${refused.length} refused`,
  );
  console.log(
    `python: ${Math.round(python.writes / seconds)} writes a second, slowest ${python.slowest_ms} ms, ${python.locked} locked out`,
  );
  console.log(`lost: ${lost.length}; integrity_check: ${integrity}`);
  console.log(`event loop of the facade: p99 ${lag.toFixed(1)} ms late`);
  for (const text of new Set([...refused, ...lost])) console.log(`  ${text}`);
  const sound = refused.length + lost.length + python.locked === 0 && integrity === 'ok' && lag < MOST_LAG_MS;
  process.exitCode = sound ? 0 : 1;
} finally {
  await facade.stop();
  await legacy.stop();
}

/** Milliseconds, of the time since the last look. */
async function lagOfFacade(): Promise<number> {
  const text = String(await facade.admin('GET', '/metrics'));
  const found = /facade_event_loop_lag_seconds\{[^}]*quantile="(?:0\.99|p99)"[^}]*\} (\S+)/.exec(text);
  if (found === null) throw new Error('the facade shows no event loop lag');
  return Number(found[1]) * 1000;
}
