/** When jobs run next, by a reading of the rules on Python's own calendar (`next-run-reading.py`). */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from './python.js';

/** Times are epoch seconds. */
export interface NextRunCase {
  /** Zone by name. */
  readonly tz: string;
  readonly type: string;
  readonly start: number;
  readonly last: number | null;
  readonly now: number;
}

export interface NextRunReading {
  /** By the rules that are meant, for a server at UTC and for one in the case's zone. */
  readonly utc: number | null;
  readonly zoned: number | null;
  /** As the legacy computes it in that zone. */
  readonly legacy: number | null;
}

/** One reading for each case, in order. */
export async function nextRunsByPython(cases: readonly NextRunCase[]): Promise<readonly NextRunReading[]> {
  const script = join(projectRoot, 'test', 'kit', 'next-run-reading.py');
  const reading = promisify(execFile)(join(projectRoot, 'scripts', 'python'), [script], { maxBuffer: 2 ** 26 });
  reading.child.stdin?.end(JSON.stringify(cases));
  return JSON.parse((await reading).stdout) as NextRunReading[];
}
