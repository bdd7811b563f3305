/** A row's `hardened` demands at least what its `access` does: a profile that opens rows would be no hardened one. */
import { isAtLeast } from '../access.js';
import type { CallersConfig } from '../table-config.js';
import type { TableValidator } from './table-validator.js';

export const validateAccess: TableValidator = ({ defaults, routes }, problems) => {
  const holders: readonly CallersConfig[] = [...(defaults === undefined ? [] : [defaults]), ...routes];
  for (const { access, hardened } of holders)
    if (access !== undefined && hardened !== undefined && !isAtLeast(hardened.value, access.value))
      problems.add(
        hardened,
        `expected at least access, which is ${access.value} (found ${hardened.value}, which lets others in)`,
      );
};
