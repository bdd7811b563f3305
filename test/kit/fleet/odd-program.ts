/** A program that sends what the legacy breaks on: the engine may differ here, by what is mended of it. */
import { Deck, type SeededRandom } from '../seeded-random.js';
import { proofOf } from './device.js';
import type { DeviceIdentity } from './fleet-rows.js';
import type { SignAccess } from './outsider.js';
import type { Sent, Wire } from './wire.js';

export interface OddProgramOptions {
  readonly wire: Wire;
  readonly random: SeededRandom;
  readonly sign: SignAccess;
  /** Its own machine. */
  readonly identity: DeviceIdentity;
}

const REFRESH = '/api/agent/token/refresh';
const SCRIPT = '/api/agent/script/request';
const CALLS: readonly (readonly [path: string, body: unknown, proof?: 'proof'])[] = [
  ['/api/agent/heartbeat', [1]],
  ['/api/agent/heartbeat', '{"hostname": '],
  ['/api/agent/details', [1]],
  ['/api/agent/details', { hostname: 'NOBODY-HAS-THIS', details: {} }],
  ['/api/agent/checkin', { agent_id: 5 }],
  ['/api/agent/service-account/rotate', [1]],
  ['/api/agent/enroll/request', [1]],
  ['/api/agent/enroll/poll', [1]],
  [REFRESH, [1]],
  [REFRESH, undefined, 'proof'],
  [SCRIPT, {}, 'proof'],
  ['/api/auth/login', { username: 5, password: 'x' }],
  ['/api/auth/login', { username: 'admin', password: 5 }],
  ['/api/scheduled_jobs', [1]],
  ['/api/scheduled_jobs', { name: 5, components: [1], targets: ['a'] }],
  // A body that can't be read enables the job at the legacy, which then shows: left to the recordings.
  ['/api/scheduled_jobs/1/toggle', [1]],
];

export class OddProgram {
  readonly #options: OddProgramOptions;
  readonly #calls: Deck<(typeof CALLS)[number]>;
  #isKnown = false;

  constructor(options: OddProgramOptions) {
    this.#options = options;
    this.#calls = new Deck(options.random, CALLS);
  }

  /** One request; the first is as it should be, so that later ones change nothing but what they break. */
  async act(): Promise<Sent> {
    const { wire, sign, identity } = this.#options;
    const { hostname, guid, fingerprint, refreshToken } = identity;
    const report = ['/api/agent/details', { hostname, details: {} }] as const;
    const isOdd = this.#isKnown;
    const [path, body, proof] = isOdd ? this.#calls.draw() : report;
    this.#isKnown = true;
    const token = await sign({ guid, fingerprint, tokenVersion: 1 });
    return wire.send('POST', path, {
      isOdd,
      body: body ?? { guid, refresh_token: refreshToken },
      headers: {
        ...(path.startsWith('/api/agent/') && path !== REFRESH ? { authorization: `Bearer ${token}` } : {}),
        ...(proof === undefined ? {} : { dpop: proofOf({ htm: 'POST', htu: `${wire.base}${path}` }) }),
      },
    });
  }
}
