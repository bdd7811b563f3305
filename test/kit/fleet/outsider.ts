/** Machines whose token or row is not as it should be, and others who claim to be machines. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { AccessClaims } from '../../../src/legacy-bridge/tokens/access-token.js';
import { Deck, type SeededRandom } from '../seeded-random.js';
import type { DeviceIdentity, OddState } from './fleet-rows.js';
import type { Sent, Wire } from './wire.js';

export type SignAccess = (claims: AccessClaims) => Promise<string>;

const PATHS = ['heartbeat', 'details', 'checkin', 'script/request', 'service-account/rotate'] as const;
const BEARERS = [
  'none',
  'nonsense',
  'signed by nobody',
  'another key',
  'older version',
  'revoked',
  'quarantined',
] as const;
type Bearer = (typeof BEARERS)[number] | 'right';

export interface OutsiderOptions {
  readonly wire: Wire;
  readonly random: SeededRandom;
  readonly sign: SignAccess;
  readonly odd: ReadonlyMap<OddState, DeviceIdentity>;
  /** A machine that is as it should be, and never calls itself. */
  readonly victim: DeviceIdentity;
}

export class Outsider {
  readonly #options: OutsiderOptions;
  /** Each bearer at each path. */
  readonly #calls: Deck<readonly [(typeof BEARERS)[number], (typeof PATHS)[number]]>;
  readonly #refreshes: Deck<DeviceIdentity>;
  readonly #errands: Deck<'call' | 'refresh' | 'made anew' | 'wrong proof'>;

  constructor(options: OutsiderOptions) {
    const { random, odd } = options;
    this.#options = options;
    this.#calls = new Deck(
      random,
      PATHS.flatMap((path) => BEARERS.map((bearer) => [bearer, path] as const)),
    );
    this.#refreshes = new Deck(random, [...odd.values()]);
    this.#errands = Deck.of(random, { call: 12, refresh: 3, 'made anew': 1, 'wrong proof': 1 });
  }

  /** One request. */
  async act(): Promise<Sent> {
    switch (this.#errands.draw()) {
      case 'call': {
        const [bearer, path] = this.#calls.draw();
        return this.#post(path, await this.#tokenOf(bearer), this.#identityOf(bearer));
      }
      case 'refresh': {
        const { guid, refreshToken } = this.#refreshes.draw();
        const body = { guid, refresh_token: refreshToken };
        return this.#options.wire.send('POST', '/api/agent/token/refresh', { body });
      }
      case 'made anew':
        return this.#madeAnew();
      case 'wrong proof':
        return this.#post('script/request', await this.#tokenOf('right'), this.#options.victim, 'no proof');
    }
  }

  /** A machine whose row was deleted gets one again when it calls. */
  async #madeAnew(): Promise<Sent> {
    const token = await this.#options.sign({
      guid: randomUUID().toUpperCase(),
      fingerprint: randomBytes(32).toString('hex'),
      tokenVersion: 1,
    });
    return this.#post('script/request', token, this.#options.victim);
  }

  #identityOf(bearer: Bearer): DeviceIdentity {
    const { odd, victim } = this.#options;
    return (bearer === 'revoked' || bearer === 'quarantined' ? odd.get(bearer) : undefined) ?? victim;
  }

  async #tokenOf(bearer: Bearer): Promise<string | undefined> {
    if (bearer === 'none') return undefined;
    if (bearer === 'nonsense') return 'no-token';
    const { guid, fingerprint } = this.#identityOf(bearer);
    const token = await this.#options.sign({
      guid,
      fingerprint: bearer === 'another key' ? 'ab'.repeat(32) : fingerprint,
      tokenVersion: bearer === 'older version' ? 0 : 1,
    });
    return bearer === 'signed by nobody' ? token.replace(/[^.]*$/, 'A'.repeat(86)) : token;
  }

  #post(path: string, token: string | undefined, { hostname }: DeviceIdentity, dpop?: string): Promise<Sent> {
    const body = path === 'heartbeat' || path === 'script/request' ? {} : { agent_id: `${hostname}-agent` };
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(dpop === undefined ? {} : { dpop }),
    };
    return this.#options.wire.send('POST', `/api/agent/${path}`, { body, headers });
  }
}
