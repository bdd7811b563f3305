/** A machine that enrols: it asks with a code, polls, and is a device in the end, or gives up. */
import { type EnrollingDevice, enrollingDevice } from '../enrolling-device.js';
import type { SeededRandom } from '../seeded-random.js';
import { EXPIRED_CODE, type KnownDevice } from './fleet-rows.js';
import type { Wire } from './wire.js';

export interface NewcomerOptions {
  readonly wire: Wire;
  readonly random: SeededRandom;
  readonly hostname: string;
  /** A code to ask with; undefined while there is none. */
  readonly takeCode: () => string | undefined;
  readonly enrolled: (identity: KnownDevice) => void;
}

const WRONG_CODES = ['0000-0000-0000-0000-0000-0000-0000-0000', 'no code', '', EXPIRED_CODE];
const WRONG_POLLS = [{ approval_reference: 'no-such' }, { proof_sig: 'AAAA' }, { client_nonce: '' }];
/** A server limits how often one asks, by the copies' count otherwise than by the clients': nobody here asks so often. */
const MOST_ASKED = 8;

export class Newcomer {
  readonly #options: NewcomerOptions;
  readonly #device: EnrollingDevice;
  #asked = 0;
  #isOver = false;

  constructor(options: NewcomerOptions) {
    this.#options = options;
    this.#device = enrollingDevice({ hostname: options.hostname });
  }

  get isOver(): boolean {
    return this.#isOver || this.#asked >= MOST_ASKED;
  }

  /** One request. */
  async act(): Promise<void> {
    if (this.#device.reference() !== '') return this.#poll();
    this.#asked += 1;
    const { random } = this.#options;
    const code = random.chance(0.3) ? undefined : this.#options.takeCode();
    if (code === undefined)
      await this.#ask(random.pick(WRONG_CODES), random.chance(0.2) ? { client_nonce: 'short' } : {});
    else await this.#ask(code, random.chance(0.1) ? { hostname: '' } : {});
  }

  async #ask(code: string, more: Readonly<Record<string, unknown>>): Promise<void> {
    const { status } = await this.#device.request(this.#options.wire.base, code, more);
    this.#options.wire.note({ method: 'POST', target: '/api/agent/enroll/request', status, isOdd: false });
  }

  async #poll(): Promise<void> {
    const { wire, random, hostname, enrolled } = this.#options;
    const wrong = random.chance(0.2) ? random.pick(WRONG_POLLS) : undefined;
    const { status, body } = await this.#device.poll(wire.base, wrong ?? {});
    wire.note({ method: 'POST', target: '/api/agent/enroll/poll', status, isOdd: false });
    if (wrong !== undefined || body.status === 'pending') return;
    this.#isOver = true;
    const { guid, refresh_token: refreshToken } = body;
    if (typeof guid === 'string' && typeof refreshToken === 'string') enrolled({ hostname, guid, refreshToken });
  }
}
