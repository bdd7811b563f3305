/** Time-based one-time codes: RFC 6238 with SHA-1, six digits, 30 seconds (operators 2.2). */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { cutEnd } from '../../legacy-bridge/values/cut-ends.js';

export const CODE_DIGITS = 6;
const PERIOD_SECONDS = 30;
const EQUALS = 0x3d;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The code of a period, by the bytes of the secret (RFC 4226 5.3). */
export function oneTimeCode(secret: Buffer, period: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(period));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0x0f;
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** CODE_DIGITS).padStart(CODE_DIGITS, '0');
}

/**
 * The period whose code this is: the one before, this one, or the next, since clocks differ.
 * @param now epoch milliseconds
 */
export function periodOfCode(code: string, secret: Buffer, now: number): number | undefined {
  const current = Math.floor(now / 1000 / PERIOD_SECONDS);
  const given = Buffer.from(code);
  // All three are compared in any case, so that the time tells nothing.
  const matching = [current - 1, current, current + 1].filter((period) => {
    const expected = Buffer.from(oneTimeCode(secret, period));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  return matching[0];
}

/** A secret of 160 bits as authenticators take it, without padding. @param bytes 20 random bytes */
export function newCodeSecret(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((group) => ALPHABET[Number.parseInt(group, 2)]).join('');
}

/**
 * The bytes of a secret: blanks are left out, letters raised, padding is optional.
 * @returns undefined for a text that is no base32, or empty
 */
export function readCodeSecret(text: string): Buffer | undefined {
  const letters = cutEnd(text.replaceAll(' ', '').toUpperCase(), (code) => code === EQUALS);
  const values = [...letters].map((letter) => ALPHABET.indexOf(letter));
  if (values.length < 2 || values.includes(-1)) return undefined;
  const bits = values.map((value) => value.toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
