/** Command line of the parity runner: drives scenarios against a running server and prints where it differs. */
import { parseArgs } from 'node:util';
import { runScenario, scenarioNames, seedScenario } from '../test/kit/parity.js';

const USAGE = `usage: scripts/parity list                               names of the scenarios
       scripts/parity seed --db FILE NAME                create a database with the rows of a scenario
       scripts/parity --base URL --db FILE NAME...       drive a server that serves that database
           --deviations FILE   steps that are meant to differ (test/parity/deviations.json)
           --strict            demand the legacy's crash pages too
exit codes: 0 all agree, 1 differences, 2 could not be run. Start each scenario on a freshly seeded database.`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      base: { type: 'string' },
      db: { type: 'string' },
      deviations: { type: 'string' },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { base, db, deviations, strict } = values;
  const [first, second] = positionals;
  if (first === 'list') {
    console.log((await scenarioNames()).join('\n'));
    return 0;
  }
  if (first === 'seed' && second !== undefined && db !== undefined) {
    await seedScenario(second, db);
    return 0;
  }
  if (values.help || base === undefined || db === undefined || first === undefined) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const names = await scenarioNames();
  const unknown = positionals.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    console.error(`no such scenario: ${unknown.join(', ')}; scripts/parity list names them`);
    return 2;
  }
  let exit = 0;
  for (const scenario of positionals) {
    const { agreeing, differences } = await runScenario({ scenario, base, db, deviations, strict });
    console.log([`${agreeing ? 'agrees ' : 'differs'} ${scenario}`, ...differences].join('\n    '));
    if (!agreeing) exit = 1;
  }
  return exit;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  },
);
