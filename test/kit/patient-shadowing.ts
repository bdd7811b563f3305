/** Bounds of shadowing that a busy test machine does not meet: for tests of what is compared, not of what is shed. */
import type { FacadeProcessOptions } from './facade-process.js';

const FOREVER_MS = '30000';

export const patientShadowing: Pick<FacadeProcessOptions, 'args' | 'env'> = {
  args: [
    ...['--shadow-max-lag-ms', FOREVER_MS, '--shadow-max-busy-percent', '100'],
    ...['--shadow-dry-run-timeout-ms', FOREVER_MS, '--shadow-body-wait-ms', FOREVER_MS],
    ...['--shadow-max-wait-ms', FOREVER_MS, '--shadow-copy-timeout-ms', FOREVER_MS],
  ],
  env: { BOREALIS_ENGINE_DRY_RUN_WAIT_MS: '10000', BOREALIS_ENGINE_DRY_RUN_HOLD_MS: '10000' },
};
