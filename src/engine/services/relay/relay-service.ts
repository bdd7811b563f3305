/**
 * The engine's place among the legacy's clients, for as long as the engine has clients of its own and the legacy still emits or reads
 * presence: what the legacy emits goes to those clients, and to no others, which hear it themselves; what they say of being there, and
 * ask for, goes to the legacy. Runs only while it was told to. docs/decisions/legacy-relay.md.
 */
import type { LegacyAddress } from '../../../legacy-bridge/dialling/legacy-address.js';
import { legacyAgent } from '../../../legacy-bridge/dialling/legacy-agent.js';
import { LegacyRelay, type LegacyRelayOptions } from '../../../legacy-bridge/realtime/legacy-relay.js';
import type { RawEvent } from '../../../legacy-bridge/realtime/raw-parser.js';
import type { RelayOrder, RelayState } from '../../../legacy-bridge/realtime/relay-protocol.js';
import { parseJson } from '../../../legacy-bridge/values/parse-json.js';
import { isPythonObject, type PythonValue } from '../../../legacy-bridge/values/python-value.js';
import { EngineError } from '../../domain/engine-error.js';
import type { EngineLog } from '../../logging/engine-log.js';
import type { EventCarrier, EventClient, EventHub } from '../event-hub.js';
import type { ConfigurationMemory } from '../request-context.js';
import { ConfigurationAsks } from './configuration-asks.js';
import { PresenceRelay, type PresenceWord } from './presence-relay.js';

export interface RelayServiceOptions {
  readonly hub: EventHub;
  readonly configurations: ConfigurationMemory;
  /** Presence events that the legacy is told per second. */
  readonly perSecond: number;
  readonly monotonic: () => number;
  readonly log: EngineLog;
  /** How long it goes on in mode `while-clients` after the last client has left. Default 5,000. */
  readonly lingerMs?: number;
  /** For an answer of the legacy. Default 30,000. */
  readonly patienceMs?: number;
  /** Default: a real one. */
  readonly open?: (options: LegacyRelayOptions) => Pick<LegacyRelay, 'say' | 'close'>;
}

/** The one event that the legacy emits to a room (sockets 2). */
const OF_ROOM = 'agent_config';
/** Clients that come and go must not have the legacy dialled each time. */
const LINGER_MS = 5_000;

export class RelayService {
  readonly #options: RelayServiceOptions;
  readonly #presence: PresenceRelay;
  readonly #asks: ConfigurationAsks;
  /** The engine's own server; what comes over links is of the legacy's clients. */
  #carrier: EventCarrier | undefined;
  #clients = 0;
  /** Runs while the last client has just left. */
  #lingering: NodeJS.Timeout | undefined;
  #order: RelayOrder = { mode: 'off', legacy: null };
  #agent: LegacyRelayOptions['agent'] | undefined;
  #relay: Pick<LegacyRelay, 'say' | 'close'> | undefined;
  #isUp = false;
  #problem: string | undefined;
  readonly #counts = { heard: 0, said: 0, asked: 0, dropped: 0 };

  constructor(options: RelayServiceOptions) {
    this.#options = options;
    const { perSecond, monotonic, configurations, patienceMs } = options;
    this.#presence = new PresenceRelay({
      perSecond,
      monotonic,
      say: (event, json) => {
        this.#counts.said += 1;
        this.#relay?.say(event, json);
      },
    });
    this.#asks = new ConfigurationAsks({
      ask: (json, done) => {
        this.#counts.asked += 1;
        this.#relay?.say('request_config', json, done);
      },
      isKnown: (agentId) => configurations.find(agentId) !== undefined,
      stuck: (waitedMs) => this.#renew(`the legacy did not end a question for ${waitedMs / 1000} s`),
      givenUp: () => {
        this.#counts.dropped += 1;
      },
      ...(patienceMs === undefined ? {} : { patienceMs }),
    });
  }

  /** Whose clients it speaks for. */
  serve(carrier: EventCarrier): void {
    this.#carrier = carrier;
  }

  /** @throws EngineError `invalid_request` when the legacy can't be dialled so, such as without its root certificate */
  order(order: RelayOrder): void {
    const isElsewhere = JSON.stringify(order.legacy) !== JSON.stringify(this.#order.legacy);
    const known = isElsewhere ? undefined : this.#agent;
    const agent = order.mode === 'off' ? undefined : (known ?? agentFor(order.legacy));
    if (isElsewhere) this.#stop();
    this.#order = order;
    this.#agent = agent;
    this.#follow();
  }

  joined(): void {
    this.#clients += 1;
    this.#linger(false);
    if (this.#relay === undefined) this.#follow();
  }

  left(client: EventClient): void {
    this.#clients -= 1;
    this.#presence.left(client);
    this.#asks.left(client);
    if (this.#clients === 0) this.#linger(true);
  }

  /** What an agent says of being there. It is remembered also while there is no relay, for one that begins later. */
  told(word: PresenceWord): void {
    if (!this.#presence.told(word)) this.#counts.dropped += 1;
  }

  /** An agent asks for its configuration, and this engine has none. */
  asked(agentId: string, client: EventClient): void {
    if (this.#relay !== undefined && !this.#asks.ask(agentId, client)) this.#counts.dropped += 1;
  }

  state(): RelayState {
    const { mode, legacy } = this.#order;
    return {
      mode,
      state: this.#relay === undefined ? 'off' : this.#isUp ? 'up' : 'down',
      legacy: legacy?.url ?? null,
      problem: this.#problem ?? null,
      ...this.#counts,
      agents: this.#presence.size,
      waiting: this.#presence.waiting,
    };
  }

  close(): void {
    this.#order = { mode: 'off', legacy: null };
    this.#linger(false);
    this.#stop();
  }

  #linger(begin: boolean): void {
    clearTimeout(this.#lingering);
    this.#lingering = undefined;
    // One that does not run is not begun for clients who have left.
    if (!begin || this.#relay === undefined) return;
    this.#lingering = setTimeout(() => {
      this.#lingering = undefined;
      this.#follow();
    }, this.#options.lingerMs ?? LINGER_MS);
  }

  #follow(): void {
    const { mode, legacy } = this.#order;
    const hasClients = this.#clients > 0 || (this.#lingering !== undefined && this.#relay !== undefined);
    const isWanted = mode === 'on' || (mode === 'while-clients' && hasClients);
    if (!isWanted || legacy === null || this.#agent === undefined) this.#stop();
    else if (this.#relay === undefined) this.#start(legacy, this.#agent);
  }

  #start({ url }: LegacyAddress, agent: LegacyRelayOptions['agent']): void {
    this.#options.log.info(`relay-started legacy=${url}`);
    this.#relay = this.#dial(url, agent);
  }

  #dial(url: string, agent: LegacyRelayOptions['agent']): Pick<LegacyRelay, 'say' | 'close'> {
    const { open = (options) => new LegacyRelay(options) } = this.#options;
    return open({
      ...{ url, agent },
      up: () => this.#up(),
      down: (why) => this.#down(why),
      heard: (event, packet) => this.#heard(event, packet),
    });
  }

  /** Anew, so that nothing of before can come any more. */
  #renew(why: string): void {
    const { legacy } = this.#order;
    if (this.#relay === undefined || legacy === null || this.#agent === undefined) return;
    this.#relay.close();
    this.#down(why);
    this.#relay = this.#dial(legacy.url, this.#agent);
  }

  #stop(): void {
    if (this.#relay === undefined) return;
    this.#relay.close();
    this.#relay = undefined;
    this.#leaveLegacy();
    this.#problem = undefined;
    this.#options.log.info('relay-stopped');
  }

  #up(): void {
    this.#isUp = true;
    this.#problem = undefined;
    this.#options.log.info(`relay-up agents=${this.#presence.size}`);
    this.#presence.up();
    this.#asks.up();
  }

  /** Said when it goes, and when the reason changes: a legacy that is off stays off. */
  #down(why: string): void {
    if (why !== this.#problem) this.#options.log.warn(`relay-down ${why}`);
    this.#problem = why;
    this.#leaveLegacy();
  }

  #leaveLegacy(): void {
    this.#isUp = false;
    this.#presence.down();
    this.#asks.down();
  }

  #heard(event: string, packet: RawEvent): void {
    this.#counts.heard += 1;
    const { hub, configurations } = this.#options;
    const carrier = this.#carrier;
    if (carrier === undefined) return;
    if (event !== OF_ROOM) {
      carrier.send('all', event, packet);
      return;
    }
    const agentId = agentIdIn(packet);
    if (agentId === undefined) {
      this.#asks.answered(packet);
      return;
    }
    // It is newer than what was provisioned here: who asks from now on is answered by the legacy.
    configurations.forget(agentId);
    hub.pass(carrier, agentId, event, packet);
  }
}

function agentFor(legacy: LegacyAddress | null): LegacyRelayOptions['agent'] | undefined {
  try {
    return legacy === null ? undefined : legacyAgent(legacy);
  } catch (cause) {
    throw new EngineError('invalid_request', { detail: `legacy.ca: a readable PEM file (${String(cause)})`, cause });
  }
}

/** @returns undefined when its argument names no agent */
function agentIdIn({ text }: RawEvent): string | undefined {
  const list = parseJson(Buffer.from(text.slice(text.indexOf('['))));
  const argument: PythonValue | undefined = Array.isArray(list) ? (list[1] as PythonValue | undefined) : undefined;
  const agentId = argument !== undefined && isPythonObject(argument) ? argument.get('agent_id') : undefined;
  return typeof agentId === 'string' ? agentId : undefined;
}
