/**
 * Signs overrides and judges those that clients send. Never throws for what a client sent, never tells him what was wrong with it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RouteRow } from '../table/table-snapshot.js';
import { type IgnoredOverride, LONGEST_OVERRIDE_S, type Override } from './override.js';

export interface OverridesOptions {
  /** 32 bytes; see `openOverrideKey`. */
  readonly key: Buffer;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What is to be known of the row that a request fell under. */
type AskedRow = Pick<RouteRow, 'id' | 'stage'>;

/** Says what the key is used for, so that nothing else that it may ever sign can pass for an override. */
const DOMAIN = 'borealis-facade override\n';
/** Version, side, row, end, signature. Row ids are as tables write them; nothing can be written in two ways. */
const FORM = /^(v1;(legacy|engine);([a-z0-9]+(?:-[a-z0-9]+)*);([1-9]\d{0,11}));([0-9a-f]{64})$/;
/** Much more than a row's id needs; what is longer is not looked at. */
const MOST_CHARACTERS = 512;

export class Overrides {
  readonly #key: Buffer;
  readonly #now: () => number;

  constructor({ key, now }: OverridesOptions) {
    if (key.length !== 32) throw new TypeError('an override key has 32 bytes');
    this.#key = key;
    this.#now = now;
  }

  /**
   * The header's value.
   * @throws TypeError for an override that could not be read back
   */
  sign({ side, row, until }: Override): string {
    const text = `v1;${side};${row};${until}`;
    const value = `${text};${this.#mac(text).toString('hex')}`;
    if (value.length > MOST_CHARACTERS || !FORM.test(value)) throw new TypeError(`no override can be for row ${row}`);
    return value;
  }

  /**
   * @param value the header's, as it came
   * @param row the one that the request fell under
   * @returns the override, or why it does not count
   */
  read(value: string, row: AskedRow): Override | IgnoredOverride {
    const found = value.length > MOST_CHARACTERS ? null : FORM.exec(value);
    if (found === null) return 'malformed';
    const [, text = '', side, id = '', until, mac = ''] = found;
    // First of all: nothing that is not signed is believed, or told apart from other things that are not.
    if (!timingSafeEqual(this.#mac(text), Buffer.from(mac, 'hex'))) return 'signature';
    const override: Override = { row: id, side: side === 'engine' ? 'engine' : 'legacy', until: Number(until) };
    return this.#refusal(override, row) ?? override;
  }

  #refusal({ row: id, side, until }: Override, row: AskedRow): IgnoredOverride | undefined {
    const seconds = this.#now() / 1000;
    if (until <= seconds) return 'expired';
    if (until > seconds + LONGEST_OVERRIDE_S) return 'ahead';
    if (id !== row.id) return 'other_row';
    return row.stage === 'retired' && side === 'legacy' ? 'retired' : undefined;
  }

  #mac(text: string): Buffer {
    return createHmac('sha256', this.#key).update(DOMAIN).update(text).digest();
  }
}
