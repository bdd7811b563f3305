/** The moment of a write, in both forms that the tables have. */
import { isoUtc } from '../../legacy-bridge/values/iso-time.js';
import type { WriteTime } from '../repositories/device-repository.js';

/** @param now epoch milliseconds */
export function writeTime(now: number): WriteTime {
  return { seconds: Math.floor(now / 1000), iso: isoUtc(now) };
}

/** Epoch seconds of epoch milliseconds. */
export function secondsOf(now: number): bigint {
  return BigInt(Math.floor(now / 1000));
}
