/** Collects the problems of one table, so that a person sees all of them at once. */
import type { TableProblem } from './migration-table-store.js';

/** Where something stands in the file. */
export interface Place {
  /** 1-based. */
  readonly line: number;
  /** Path of the field, such as `routes[3].canary.percent`. */
  readonly field: string;
}

export class ProblemList {
  readonly #file: string;
  readonly #problems: TableProblem[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  add({ line, field }: Place, message: string): void {
    this.#problems.push({ file: this.#file, line, field, message });
  }

  /** In the order of the file. */
  sorted(): readonly TableProblem[] {
    return [...this.#problems].sort((a, b) => a.line - b.line);
  }
}
