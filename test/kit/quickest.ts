const RUNS = 5;

/**
 * Milliseconds of the quickest of some runs: on a busy machine any one may stand still for a second, while what takes more than linear
 * time takes it each time. The processor's time of the whole process, so that what else the machine does counts little.
 */
export function quickest(work: () => unknown): number {
  return Math.min(
    ...Array.from({ length: RUNS }, () => {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    }),
  );
}
