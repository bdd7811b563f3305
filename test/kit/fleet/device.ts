/** A machine that is enrolled: it beats, tells of itself, and keeps its token fresh. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { Deck, type SeededRandom } from '../seeded-random.js';
import type { KnownDevice } from './fleet-rows.js';
import { detailsBody, heartbeatBody } from './inventory.js';
import type { Sent, Wire } from './wire.js';

const ERRANDS = {
  ...{ beat: 10, details: 4, checkin: 2, rotate: 1, script: 4 },
  ...{ refresh: 2, wrongRefresh: 2, hash: 1, nothing: 1, foreign: 1, foreignId: 1 },
} as const;
const WRONG_REFRESHES = 7;

export type DeviceErrand = keyof typeof ERRANDS;

/** Shared by all machines, so that the fleet as a whole runs every errand. */
export interface DeviceDecks {
  readonly errands: Deck<DeviceErrand>;
  readonly wrongRefreshes: Deck<number>;
}

export function deviceDecks(random: SeededRandom): DeviceDecks {
  return {
    errands: Deck.of(random, ERRANDS),
    wrongRefreshes: new Deck(random, [...Array(WRONG_REFRESHES).keys()]),
  };
}

export interface FleetDeviceOptions {
  readonly wire: Wire;
  readonly random: SeededRandom;
  readonly decks: DeviceDecks;
  readonly identity: KnownDevice;
  /** Whether another machine has its hostname, or may have had. */
  readonly isNamesake?: boolean;
  /** Hostname of another machine, which never calls. */
  readonly other: string;
}

export class FleetDevice {
  readonly #wire: Wire;
  readonly #random: SeededRandom;
  readonly #options: FleetDeviceOptions;
  #accessToken: string | undefined;

  constructor(options: FleetDeviceOptions) {
    this.#wire = options.wire;
    this.#random = options.random;
    this.#options = options;
  }

  /** One request. */
  async act(): Promise<Sent> {
    if (this.#accessToken === undefined) return this.#refresh();
    const { hostname } = this.#options.identity;
    const agentId = `${hostname}-agent`;
    switch (this.#options.decks.errands.draw()) {
      case 'beat':
        return this.#post('/api/agent/heartbeat', heartbeatBody(this.#random, hostname));
      case 'details':
        return this.#post('/api/agent/details', detailsBody(this.#random, hostname));
      case 'checkin':
        return this.#post('/api/agent/checkin', {
          agent_id: agentId,
          // A check-in that names another's row writes that row at the legacy: mended, and left to the recordings.
          ...(this.#options.isNamesake !== true && this.#random.chance(0.3) ? { hostname } : {}),
          ...(this.#random.chance(0.3) ? { username: '.\\svcBorealis' } : {}),
        });
      case 'rotate':
        return this.#post('/api/agent/service-account/rotate', { agent_id: agentId });
      case 'script':
        return this.#post('/api/agent/script/request', this.#random.chance(0.5) ? {} : undefined);
      case 'refresh':
        return this.#refresh();
      case 'wrongRefresh':
        return this.#wrongRefresh();
      case 'hash':
        return this.#wire.send('GET', `/api/agent/hash?agent_id=${agentId}`);
      case 'nothing':
        return this.#post(`/api/agent/${this.#random.pick(['checkin', 'service-account/rotate', 'details'])}`, {});
      case 'foreign':
        return this.#post('/api/agent/details', detailsBody(this.#random, this.#options.other));
      case 'foreignId':
        // Whoever comes first has the agent id, as long as the process remembers it.
        return this.#post(`/api/agent/${this.#random.pick(['checkin', 'service-account/rotate'])}`, {
          agent_id: `${this.#options.other}-agent`,
        });
    }
  }

  #post(path: string, body: unknown): Promise<Sent> {
    const headers = { 'x-borealis-agent-context': 'SYSTEM', authorization: `Bearer ${this.#accessToken}` };
    return this.#wire.send('POST', path, { body, headers });
  }

  async #refresh(): Promise<Sent> {
    const { guid, refreshToken } = this.#options.identity;
    const answer = await this.#wire.send('POST', '/api/agent/token/refresh', {
      body: { guid, refresh_token: refreshToken },
    });
    if (typeof answer.body.access_token === 'string') this.#accessToken = answer.body.access_token;
    return answer;
  }

  #wrongRefresh(): Promise<Sent> {
    const path = '/api/agent/token/refresh';
    const { guid, refreshToken } = this.#options.identity;
    const right = { guid, refresh_token: refreshToken };
    const htu = `${this.#wire.base}${path}`;
    const ways: readonly (readonly [unknown, Record<string, string>?])[] = [
      [{ guid, refresh_token: 'x'.repeat(64) }],
      [{ guid }],
      [{ guid: '00000000-0000-4000-8000-000000000000', refresh_token: refreshToken }],
      [right, { dpop: 'no proof' }],
      [right, { dpop: proofOf({ htm: 'GET', htu }) }],
      [right, { dpop: proofOf({ htm: 'POST', htu: 'https://elsewhere.example/' }) }],
      [right, { dpop: proofOf({ htm: 'POST', htu, iat: 1_700_000_000 }) }],
    ];
    const [body, headers = {}] = ways[this.#options.decks.wrongRefreshes.draw()] ?? [right];
    return this.#wire.send('POST', path, { body, headers });
  }
}

/** A proof of a key that is made for it. */
export function proofOf(claims: Readonly<Record<string, unknown>>): string {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const head = { typ: 'dpop+jwt', alg: 'EdDSA', jwk: publicKey.export({ format: 'jwk' }) };
  const body = { jti: `${Math.random()}`, iat: Math.floor(Date.now() / 1000), ...claims };
  const input = [head, body].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`;
}
