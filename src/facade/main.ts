#!/usr/bin/env node
/** The facade's process: reads the environment, hands the command line to the CLI, listens to signals. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sharedEnvironment } from './access/shared-places.js';
import { callerName } from './cli/caller-name.js';
import type { CommandRun } from './cli/cli-io.js';
import { runCli } from './cli/run-cli.js';
import { serve } from './serve.js';
import type { FacadeSettings } from './settings/settings.js';

const here = fileURLToPath(import.meta.url);
/** Compiled, the engine is a `.js` file beside; from sources it is a `.ts` file that needs the same loader as this one. */
const engineEntry = {
  path: fileURLToPath(new URL(`../engine/main${extname(here)}`, import.meta.url)),
  execArgv: process.execArgv,
};

const version = packageVersion();

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  user: callerName(userName(), process.env),
  version,
  now: Date.now,
  startFacade: start,
  handBack,
});

async function start(settings: FacadeSettings): Promise<number> {
  await serve(settings, {
    env: process.env,
    stderr: process.stderr,
    version,
    engineEntry,
    temporaryDirectory: tmpdir(),
    stopSignal: stopSignal(),
  });
  return 0;
}

function handBack(settings: FacadeSettings): Promise<CommandRun> {
  const path = fileURLToPath(new URL(`../engine/hand-back/main${extname(here)}`, import.meta.url));
  const env = { ...process.env, ...sharedEnvironment(settings) };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...engineEntry.execArgv, path], { env }, (_error, out, err) =>
      resolve({ exit: child.exitCode ?? 1, out, err }),
    );
  });
}

/** Containers often run with a user id that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** A second signal ends the process at once. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130));
        resolve(signal);
      });
    }
  });
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
