/** `scripts/demo`: starts the demo's world, then shows the tour or, with `--check`, goes through it. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type DemoWorld, FACADE_MAIN, startDemoWorld } from './demo-world.js';
import { runTour } from './tour.js';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const [wanted, ...more] = process.argv.slice(2);
const check = wanted === '--check';
if (more.length > 0 || (wanted !== undefined && !check)) {
  say(
    'usage: scripts/demo            runs until Ctrl-C\n       scripts/demo --check    goes through the tour by itself, exits 0 or 1',
  );
  process.exit(wanted === '--help' ? 0 : 2);
}

/** What was started must not outlive whoever asked for it; a second signal ends this process at once. */
const stop = new AbortController();
const { signal } = stop;
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());

let world: DemoWorld | undefined;
try {
  const port = check ? 0 : await freeOrAny(5000);
  const adminPort = check ? 0 : await freeOrAny(9090);
  world = await startDemoWorld({ port, adminPort, agents: 3, say, signal });
  if (check) await unlessStopped(runTour(world, say));
  else await stay(world);
  if (check) say('demo: all six steps went as told');
} catch (error) {
  process.exitCode = signal.aborted ? 130 : 1;
  say(`demo: ${signal.aborted ? 'stopped' : error instanceof Error ? error.message : String(error)}`);
} finally {
  await world?.close();
}
process.exit();

/** @returns the port, or 0 where something listens on it */
async function freeOrAny(port: number): Promise<number> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return port;
  } catch {
    return 0;
  } finally {
    server.close();
  }
}

async function unlessStopped(work: Promise<void>): Promise<void> {
  signal.throwIfAborted();
  await Promise.race([work, once(signal, 'abort').then(() => signal.throwIfAborted())]);
}

async function stay(demo: DemoWorld): Promise<void> {
  say(invitation(demo));
  if (!signal.aborted) await once(signal, 'abort');
  say('\nstopping ...');
}

function invitation({ address, adminAddress, tokenFile, token, legacy }: DemoWorld): string {
  return `
The facade listens at   ${address}
The legacy behind it    ${legacy.url}   (operator: admin / Password)
Console, API, metrics ${adminAddress}   token ${token}
Shared database         ${legacy.databaseFile}

In another terminal:

  facade() { node ${FACADE_MAIN} --admin-url ${adminAddress} --token-file ${tokenFile} "$@"; }

  1  See who answers.            curl -i ${address}/api/server/time        (X-Facade-Served-By)
                                 facade routes; facade sockets
  2  Compare first.              facade flip token-refresh shadow --why "compare"; facade flip device-calls shadow --why "compare"
                                 facade compare; facade report --output report.html      (a minute later)
  3  Flip rows to the engine.    facade flip server-time engine --why "first flip"
                                 facade flip token-refresh canary --percent 50 --by guid --why "half of the agents"
  4  Ask who would answer, why.  facade explain GET /api/server/time
  5  Kill the engine.            kill -9 $(facade --json status | grep -o '"pid": [0-9]*' | head -1 | grep -o '[0-9]*')
                                 curl -i ${address}/api/server/time        (the legacy, until the engine is back)
  6  Go back.                    facade rollback --why "done"; facade audit

Three agents refresh, beat and hold their sockets all the while. Ctrl-C stops everything.`;
}
