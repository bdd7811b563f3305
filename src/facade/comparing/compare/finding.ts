/** What differs before anyone has judged whether it counts. */
import type { DifferenceKind } from '../comparison.js';
import type { JsonValue } from './json-document.js';
import type { Path } from './path.js';

/** Something that one side has and the other has not, or has otherwise. */
export interface Finding {
  readonly kind: DifferenceKind;
  readonly path: Path;
  /** Undefined where the side has nothing. */
  readonly legacy: JsonValue | undefined;
  readonly engine: JsonValue | undefined;
  /** Set where the two are known to stand for the same without being compared further; what to call it, and why. */
  readonly settled?: Settlement;
  /** Follows from what is equal, so that no equivalence may pass it. */
  readonly exact?: true;
}

/** Why two values that differ mean the same. */
export interface Settlement {
  readonly name: string;
  readonly why: string;
}

/** Takes findings in, and refuses more than it can judge. */
export class Findings {
  readonly list: Finding[] = [];
  readonly #most: number;
  #beyond = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(finding: Finding): void {
    if (this.list.length < this.#most) this.list.push(finding);
    else this.#beyond += 1;
  }

  /** Findings that were met but not kept: they count as differences, since nobody judges them. */
  get beyond(): number {
    return this.#beyond;
  }

  /** Forgets what was added since `length` of the list was this. */
  cutBack(length: number): void {
    this.list.length = Math.min(this.list.length, length);
  }
}
