/** Makes passwords of service accounts as the legacy does: strong enough for any policy of Windows. */
import type { RandomSource } from './request-context.js';

const LENGTH = 24;
const KINDS = [
  'abcdefghijklmnopqrstuvwxyz',
  'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  '0123456789',
  '!@#$%^&*()-_=+[]{}<>.?',
] as const;

/** 24 characters, at least one of each kind, in random order. */
export function newAccountPassword(random: RandomSource): string {
  const all = KINDS.join('');
  const letters = KINDS.map((kind) => pick(kind, random));
  while (letters.length < LENGTH) letters.push(pick(all, random));
  for (let last = LENGTH - 1; last > 0; last -= 1) {
    const other = below(last + 1, random);
    [letters[last], letters[other]] = [letters[other] ?? '', letters[last] ?? ''];
  }
  return letters.join('');
}

function pick(from: string, random: RandomSource): string {
  return from.charAt(below(from.length, random));
}

/** Even: values that would favour small numbers are thrown away. */
function below(limit: number, random: RandomSource): number {
  const most = 256 - (256 % limit);
  for (;;) {
    const value = random.bytes(1).readUInt8(0);
    if (value < most) return value % limit;
  }
}
