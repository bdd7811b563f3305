/** Bounds of shadowing that a busy test machine does not meet: for tests of what is compared, not of what is shed. */
import type { FacadeProcessOptions } from './facade-process.js';

const FOREVER_MS = '30000';

/** Flags with which a busy facade compares all the same. */
export const NEVER_SHED: readonly string[] = [
  ...['--shadow-max-lag-ms', FOREVER_MS, '--shadow-max-busy-percent', '100'],
  ...['--shadow-max-core-wait-percent', '100'],
];

export const patientShadowing: Pick<FacadeProcessOptions, 'args' | 'env'> = {
  args: [
    ...NEVER_SHED,
    ...['--shadow-dry-run-timeout-ms', FOREVER_MS, '--shadow-body-wait-ms', FOREVER_MS],
    ...['--shadow-max-wait-ms', FOREVER_MS, '--shadow-copy-timeout-ms', FOREVER_MS],
  ],
  env: { BOREALIS_ENGINE_DRY_RUN_WAIT_MS: '10000', BOREALIS_ENGINE_DRY_RUN_HOLD_MS: '10000' },
};
