/** A screen or script that asks what the server remembers of agents, and tells it of builds and roles. */
import { Deck, type SeededRandom } from '../seeded-random.js';
import type { DeviceIdentity } from './fleet-rows.js';
import type { Method, SendOptions, Sent, Wire } from './wire.js';

type Call = readonly [Method, string, SendOptions?];

export class Watcher {
  readonly #wire: Wire;
  readonly #calls: Deck<Call>;

  /** @param devices machines that it asks about, and whose builds it reports */
  constructor(wire: Wire, random: SeededRandom, devices: readonly DeviceIdentity[]) {
    this.#wire = wire;
    const hash = '/api/agent/hash';
    const calls = devices.flatMap(({ hostname, guid }): Call[] => [
      ['GET', `${hash}?agent_id=${hostname}-agent`],
      ['GET', `${hash}?agent_guid=${guid.toLowerCase()}`],
      ['POST', hash, { body: { agent_guid: guid, agent_hash: `hash of ${hostname}` } }],
      ['POST', hash, { body: { agent_id: `${hostname}-agent`, agent_hash: random.pick(['ü', 'h2']) } }],
    ]);
    const rest: readonly Call[] = [
      ['GET', '/api/agents'],
      ['GET', '/api/agent/hash_list'],
      ['GET', `${hash}?agent_id=nobody`],
      ['GET', hash],
      ['POST', hash, { body: { agent_hash: 'h' } }],
      ['POST', hash, { body: { agent_id: 'nobody', agent_hash: 'h' } }],
      ['DELETE', '/api/agent/nobody'],
      ['POST', '/api/agent/provision', { body: { agent_id: 'nobody', roles: ['screenshot'] } }],
      ['POST', '/api/agent/provision', { body: { agent_id: 'nobody', roles: 'none' } }],
      ['GET', '/api/agent/nobody/node/n%201/screenshot/live'],
      ['GET', '/api/agent/%3Cb%3E/node/%22/screenshot/live'],
    ];
    this.#calls = new Deck(random, [...calls, ...rest, ...rest]);
  }

  /** One request. */
  act(): Promise<Sent> {
    return this.#wire.send(...this.#calls.draw());
  }
}
