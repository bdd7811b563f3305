import type { DifferenceKind } from '../comparison.js';

/** What comparing asks of the learned noise of one row. */
export interface NoiseView {
  /**
   * @param path with indices and keys generalised, as `generalPath` gives: `body.devices[*].last_seen`
   * @param kind a value that changes is no excuse for a field that is missing
   * @returns why differences there are noise, for a person; undefined where they are not
   */
  noiseAt(path: string, kind: DifferenceKind): string | undefined;
}

/** Of a row that has learned nothing. */
export const NO_NOISE: NoiseView = Object.freeze({ noiseAt: () => undefined });
