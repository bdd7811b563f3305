/**
 * The engine's process: reads the environment, listens to signals and to the facade that started it, ends with a word.
 * Exit codes: 0 asked to stop, 1 failed, 2 settings rejected.
 */
import { type RunningEngine, startEngine } from './bootstrap.js';
import { buildDigest } from './config/build-digest.js';
import type { EngineSettings } from './config/engine-settings.js';
import { loadSettings } from './config/load-settings.js';
import { SettingsError } from './config/settings-error.js';
import { createEngineLog } from './logging/create-engine-log.js';

/** How long requests in flight may take once the engine is to stop. */
const STOP_LIMIT_MS = 8000;
const EXIT = { stopped: 0, failed: 1, settings: 2 } as const;

const monotonic = (): number => performance.now();

await run();

async function run(): Promise<void> {
  const settings = settingsOrExit();
  const log = createEngineLog({
    directory: settings.logsRoot,
    debug: settings.debug,
    now: () => new Date(),
    monotonic,
    stderr: process.stderr,
  });
  let engine: RunningEngine | undefined;
  let ending: Promise<never> | undefined;
  const end = (code: number): Promise<never> => {
    ending ??= (async () => {
      await engine?.close(code === EXIT.stopped ? STOP_LIMIT_MS : 0).catch(() => undefined);
      await log.close();
      process.exit(code);
    })();
    return ending;
  };
  const fail = (what: string, error: unknown): void => {
    log.error(`${what} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    void end(EXIT.failed);
  };
  process.once('uncaughtException', (error) => fail('uncaught-exception', error));
  process.once('unhandledRejection', (error) => fail('unhandled-rejection', error));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end(EXIT.stopped));
  // The channel closes when the facade is gone, however it went: an engine without it would hold the socket.
  process.once('disconnect', () => void end(EXIT.stopped));
  try {
    const clock = { now: () => Date.now() };
    const onReplaced = (error: Error): void => fail('database-replaced', error);
    const { pid, env: environment } = process;
    engine = await startEngine(settings, { log, clock, monotonic, pid, environment, onReplaced });
    process.send?.({ type: 'ready', address: engine.address, build: await buildDigest() });
  } catch (error) {
    fail('bootstrap-failed', error);
  }
}

function settingsOrExit(): EngineSettings {
  try {
    return loadSettings(process.env, process.cwd());
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT.settings);
  }
}
