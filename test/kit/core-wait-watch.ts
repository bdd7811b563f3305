/** Watches how long other processes are ready to run and have to wait for a core: what a test may not hold against the product. */
import { readFileSync } from 'node:fs';
import { CoreWait } from '../../src/facade/shadowing/core-wait.js';

const LOOK_MS = 100;
const WINDOW_MS = 1000;
/**
 * Part of a second without a core beyond which nobody can be expected to answer within one. A rush of a thousand agents alone makes its
 * processes wait for half of it, where there are two cores.
 */
const STARVED = 2 / 3;

interface Look {
  readonly at: number;
  readonly waitedMs: number;
}

export class CoreWaitWatch {
  readonly #pids: () => readonly (number | undefined)[];
  readonly #waits = new Map<number, { readonly wait: CoreWait; looks: readonly Look[] }>();
  readonly #timer: NodeJS.Timeout;
  #starvedSeconds = 0;

  /** @param pids of the processes as they are at each look; undefined where one is not there */
  constructor(pids: () => readonly (number | undefined)[]) {
    this.#pids = pids;
    this.#timer = setInterval(() => this.#look(performance.now()), LOOK_MS);
  }

  /** Seconds, none of them counted twice, of which one of the processes waited most. */
  get starvedSeconds(): number {
    return this.#starvedSeconds;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(now: number): void {
    let isStarved = false;
    for (const pid of this.#pids()) {
      if (pid === undefined) continue;
      const known = this.#waits.get(pid) ?? { wait: coreWaitOf(pid), looks: [] };
      this.#waits.set(pid, known);
      known.looks = [...known.looks, { at: now, waitedMs: known.wait.since() }];
      isStarved ||= shareOf(known.looks) >= STARVED;
      // The newest that are together a second old.
      while (now - (known.looks[1]?.at ?? now) >= WINDOW_MS) known.looks = known.looks.slice(1);
    }
    if (!isStarved) return;
    this.#starvedSeconds += 1;
    for (const known of this.#waits.values()) known.looks = known.looks.slice(-1);
  }
}

/** @returns 0 for less than a second */
function shareOf(looks: readonly Look[]): number {
  const [first, ...others] = looks;
  const last = others.at(-1);
  if (first === undefined || last === undefined || last.at - first.at < WINDOW_MS) return 0;
  return others.reduce((sum, { waitedMs }) => sum + waitedMs, 0) / (last.at - first.at);
}

function coreWaitOf(pid: number): CoreWait {
  return new CoreWait(() => readFileSync(`/proc/${pid}/schedstat`, 'latin1'));
}
