/** One wall clock for the processes of a test, which it sets forward by hand: what takes minutes need not. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface SteppedClock {
  /** For processes of Node and of Python that are to have it. */
  readonly env: Readonly<Record<string, string>>;
  /** As they see it, epoch milliseconds. */
  now(): number;
  /** Sets it forward; each process sees that within some milliseconds. */
  step(ms: number): Promise<void>;
  remove(): Promise<void>;
}

const HOOKS = join(import.meta.dirname, 'stepped-clock');

export async function steppedClock(): Promise<SteppedClock> {
  const folder = await mkdtemp(join(tmpdir(), 'clock-'));
  const file = join(folder, 'ahead');
  let ahead = 0;
  const write = async () => {
    await writeFile(`${file}.new`, String(ahead));
    await rename(`${file}.new`, file);
  };
  await write();
  return {
    env: {
      TEST_CLOCK_FILE: file,
      NODE_OPTIONS: `--import ${pathToFileURL(join(HOOKS, 'preload.mjs'))}`,
      PYTHONPATH: HOOKS,
    },
    now: () => Date.now() + ahead,
    step: (ms) => {
      ahead += Math.max(0, Math.round(ms));
      return write();
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
