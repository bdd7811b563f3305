/** Holds a running server to the recordings of the real legacy. Starts the carried tools as processes; starts no server. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alignPlaceholders, type Deviation, type Steps } from './align-placeholders.js';
import { projectRoot } from './python.js';
import { withoutRoundClock } from './round-clocks.js';
import { withoutTurnedSeconds } from './turned-seconds.js';

/** Folder of the carried scenarios, recordings and tools. */
export const paritySuite = join(projectRoot, 'test', 'parity', 'suite');
/** Scenarios whose steps look for events after a quarter of a second. */
const IN_HASTE = /^sockets-|^ansible-|^quick-job|quick-run|^scheduler-(?:dispatch|remote|tick)$/;
const PATIENT_TIMERS = new URL('./patient-timers.mjs', import.meta.url).href;
/** The SPA that the scenario `web-spa` expects as the server's static folder. */
export const spaFixture = join(paritySuite, 'fixtures', 'spa');

/**
 * Proxies that a facade must trust for the scenarios whose clients say from where they call. Where they name several addresses, the
 * further ones are proxies too: of others the facade passes on nothing that stands left of them.
 */
export const TRUSTED_PROXIES: Readonly<Record<string, string>> = {
  'agents-enroll-request': '127.0.0.1',
  'agents-limits': '127.0.0.1,10.9.0.2,10.9.0.3',
};

/** What to hold to what. */
export interface ScenarioRun {
  /** Name without extension, such as `smoke`. */
  readonly scenario: string;
  /** Where the server listens. */
  readonly base: string;
  /** The database that it serves, seeded by `seedScenario` before it started. */
  readonly db: string;
  /** JSON list of steps that are meant to differ. Default: none. */
  readonly deviations?: string | undefined;
  /** Demand the legacy's crash pages too. Default: false. */
  readonly strict?: boolean | undefined;
}

/** How a run compares with its recording. */
export interface ScenarioResult {
  readonly scenario: string;
  /** Whether every step agrees. */
  readonly agreeing: boolean;
  /** One per difference: `step · path: recorded ≠ got`. */
  readonly differences: readonly string[];
  /** Names of the steps that differ, each once. */
  readonly differingSteps: readonly string[];
}

/** Names of the scenarios that have a recording, sorted. */
export async function scenarioNames(): Promise<string[]> {
  const files = await readdir(join(paritySuite, 'recordings'));
  return files.map((file) => file.replace(/\.json$/, '')).sort();
}

/** Creates the database file with the contract's tables and the rows of a scenario. */
export async function seedScenario(scenario: string, db: string): Promise<void> {
  const { code, output } = await tool('run.mjs', ['--scenario', scenario, '--db', db, '--seed']);
  if (code !== 0) throw new Error(`scenario ${scenario} could not be seeded:\n${output}`);
}

/** Drives one scenario and compares. Rejects when it could not be driven to its end. */
export async function runScenario(run: ScenarioRun): Promise<ScenarioResult> {
  const folder = await mkdtemp(join(tmpdir(), 'parity-'));
  try {
    const out = join(folder, `${run.scenario}.json`);
    const patient = IN_HASTE.test(run.scenario) ? ['--import', PATIENT_TIMERS] : [];
    const driven = await tool(
      'run.mjs',
      ['--scenario', run.scenario, '--base', run.base, '--db', run.db, '--out', out],
      patient,
    );
    if (driven.code !== 0) throw new Error(`scenario ${run.scenario} broke off:\n${driven.output}`);
    const options = [
      ...(run.deviations === undefined ? [] : ['--deviations', run.deviations]),
      ...(run.strict ? ['--strict'] : []),
    ];
    const recording = join(paritySuite, 'recordings', `${run.scenario}.json`);
    await align(run, recording, out);
    const checked = await tool('check.mjs', [...options, recording, out]);
    if (checked.code > 1) throw new Error(`scenario ${run.scenario} could not be compared:\n${checked.output}`);
    const differences = checked.output.split('\n').filter((line) => line.includes(' · '));
    const differingSteps = [...new Set(differences.map((line) => line.slice(0, line.indexOf(' · '))))];
    return { scenario: run.scenario, agreeing: checked.code === 0, differences, differingSteps };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Takes out of a run what chance, or a step that is meant to differ, did to the others. */
async function align({ scenario, deviations }: ScenarioRun, recording: string, out: string): Promise<void> {
  const all = deviations === undefined ? [] : ((await readJson(deviations)) as Deviation[]);
  const own = all.filter((deviation) => deviation.scenario === scenario);
  const recorded = (await readJson(recording)) as Steps;
  const made = withoutRoundClock(recorded, (await readJson(out)) as Steps);
  const got = withoutTurnedSeconds(scenario, recorded, made);
  await writeFile(out, JSON.stringify(own.length === 0 ? got : alignPlaceholders(recorded, got, own)));
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'));
}

/** Runs a carried tool from the project's root, where it finds its packages. */
function tool(
  file: string,
  args: readonly string[],
  execArgv: readonly string[] = [],
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const options = { cwd: projectRoot, timeout: 120_000, maxBuffer: 64 * 2 ** 20 };
    execFile(process.execPath, [...execArgv, join(paritySuite, file), ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 2;
      resolve({ code, output: `${stdout}${stderr}`.trim() });
    });
  });
}
