/**
 * A command: gives all scheduled jobs of the engine back to the legacy, while no engine runs. Reads the engine's settings, changes
 * nothing else, and says what it did. An engine that runs and is told to own jobs takes them again. Makes no database: where none is,
 * or one without jobs, it is the wrong place, and "nothing to hand back" would be believed.
 * Exit codes: 0 done, 1 failed and nothing changed, 2 settings rejected.
 */
import { existsSync } from 'node:fs';
import { loadSettings } from '../config/load-settings.js';
import { SettingsError } from '../config/settings-error.js';
import { EngineError } from '../domain/engine-error.js';
import { openSharedDatabase } from '../open-shared-database.js';
import type { UnitOfWork } from '../repositories/unit-of-work.js';
import { type HandedBackAll, handBackAll } from '../services/scheduling/hand-back-all.js';

const PLACE = 'Name the place of the legacy by the setting shared.projectRoot, or BOREALIS_PROJECT_ROOT.';
const EXIT = { done: 0, failed: 1, settings: 2 } as const;

process.exitCode = await run();

async function run(): Promise<number> {
  const quiet = { debug: () => undefined, info: () => undefined, warn: say, error: say };
  try {
    const { database } = loadSettings(process.env, process.cwd());
    if (!existsSync(database.path)) throw new Error(`there is no ${database.path}. ${PLACE}`);
    // An older file is not brought up to date for this.
    const options = { ...database, autoMigrate: false };
    const opened = await openSharedDatabase(options, {
      log: quiet,
      monotonic: () => performance.now(),
      jitter: Math.random,
    });
    try {
      await requireJobs(opened.unitOfWork, database.path);
      const done = await handBackAll(opened.unitOfWork, BigInt(Math.floor(Date.now() / 1000)));
      process.stdout.write(`${wordsFor(done, database.path)}\n`);
    } finally {
      opened.close();
    }
    return EXIT.done;
  } catch (error) {
    say(error instanceof Error ? `${error.message}${causeOf(error)}` : String(error));
    return error instanceof SettingsError ? EXIT.settings : EXIT.failed;
  }
}

/** @throws Error for a file that is not the legacy's */
async function requireJobs(unitOfWork: UnitOfWork, path: string): Promise<void> {
  try {
    await unitOfWork.read(({ scheduledJobs }) => scheduledJobs.listOwners(0n, 1));
  } catch (error) {
    if (!(error instanceof EngineError) || !/no such table/.test(causeOf(error))) throw error;
    throw new Error(`${path} is not the legacy's database${causeOf(error)}. ${PLACE}`);
  }
}

function wordsFor({ jobs, lastMinute, resting }: HandedBackAll, path: string): string {
  if (jobs === 0) return `No job was the engine's in ${path}: nothing to hand back.`;
  const last = lastMinute === null ? 'The engine never ticked' : `The engine last ticked for ${isoMinute(lastMinute)}`;
  const done = `Handed ${jobs} ${jobs === 1 ? 'job' : 'jobs'} back to the legacy. ${last}: what came due since then waits for its next time.`;
  if (resting.length === 0) return done;
  return `${done}\nAt rest there for good, since the legacy never leaves what their latest occurrence came to: ${resting.join(', ')}. Make them anew, or have the engine run them.`;
}

function isoMinute(minute: bigint): string {
  return new Date(Number(minute) * 1000).toISOString().replace(':00.000Z', 'Z');
}

function causeOf({ cause }: Error): string {
  return cause === undefined ? '' : `: ${cause instanceof Error ? cause.message : String(cause)}`;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
