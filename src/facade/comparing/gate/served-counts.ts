/** How many requests of clients the engine has answered of each row since it came to its stage. Memory only: each facade counts anew. */
import type { Stage } from '../../table/stage.js';

interface Served {
  readonly stage: Stage;
  count: number;
}

const FIRST_FAILURE = 500;

export class ServedCounts {
  readonly #byRow = new Map<string, Served>();

  /** Of an answer by the engine to a request that was decided while the row was at the stage. */
  answered(row: string, stage: Stage, status: number): void {
    if (status >= FIRST_FAILURE) return;
    const served = this.#byRow.get(row);
    if (served?.stage === stage) served.count += 1;
    else this.#byRow.set(row, { stage, count: 1 });
  }

  at(row: string, stage: Stage): number {
    const served = this.#byRow.get(row);
    return served?.stage === stage ? served.count : 0;
  }
}
