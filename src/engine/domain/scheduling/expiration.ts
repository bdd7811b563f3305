/** How long an occurrence may wait for its hosts, and a run for its agent (scheduler 7.2). */
import { integerOf } from '../../../legacy-bridge/values/python-int.js';
import { trimmed } from '../../../legacy-bridge/values/python-text.js';

const UNIT_SECONDS: Readonly<Record<string, bigint>> = { m: 60n, h: 3600n, d: 86_400n };

/**
 * `2m`, `1h`, `-5d`; two digits or more without a unit are minutes.
 * @returns undefined for no expiration: `no_expire`, nothing, one digit alone, any other text
 */
export function expirationSeconds(text: string): bigint | undefined {
  const word = trimmed(text).toLowerCase();
  const count = integerOf(word.slice(0, -1));
  if (word === '' || count === undefined) return undefined;
  const unit = UNIT_SECONDS[word.slice(-1)];
  if (unit !== undefined) return count * unit;
  const minutes = integerOf(word);
  return minutes === undefined ? undefined : minutes * 60n;
}
