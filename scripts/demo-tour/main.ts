/** `scripts/demo`: starts the demo's world, then shows the tour or, with `--check`, goes through it. */
import { type DemoWorld, FACADE_MAIN, startDemoWorld } from './demo-world.js';
import { runTour } from './tour.js';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const check = process.argv.includes('--check');

let world: DemoWorld | undefined;
try {
  world = await startDemoWorld({ port: check ? 0 : 5000, adminPort: check ? 0 : 9090, agents: 3, say });
  if (check) await runTour(world, say);
  else await stay(world);
  if (check) say('demo: all six steps went as told');
} catch (error) {
  process.exitCode = 1;
  say(`demo: ${error instanceof Error ? error.message : String(error)}`);
} finally {
  await world?.close();
}
process.exit();

async function stay(demo: DemoWorld): Promise<void> {
  say(invitation(demo));
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  say('\nstopping ...');
}

function invitation({ address, adminAddress, tokenFile, token, legacy }: DemoWorld): string {
  return `
The facade listens at   ${address}
The legacy behind it    ${legacy.url}   (operator: admin / Password)
Admin API and metrics   ${adminAddress}   token ${token}
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
