/**
 * Milliseconds of the quickest of three runs: on a busy machine any one may stand still for a second, while what takes more than linear
 * time takes it each time.
 */
export function quickest(work: () => unknown): number {
  return Math.min(
    ...Array.from({ length: 3 }, () => {
      const began = performance.now();
      work();
      return performance.now() - began;
    }),
  );
}
