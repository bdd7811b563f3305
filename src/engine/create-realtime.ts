/** Puts together what the engine hears and says by Socket.IO: its own server, and over the socket the links of facades. */
import { buildDigest } from './config/build-digest.js';
import type { Container } from './container.js';
import { BridgeServer } from './interfaces/ws/bridge-server.js';
import { EventDispatcher } from './interfaces/ws/event-dispatcher.js';
import { eventHandlers } from './interfaces/ws/event-handlers.js';
import { inTurn, type RealtimeListener } from './interfaces/ws/realtime-listener.js';
import { relayingDispatcher } from './interfaces/ws/relaying-dispatcher.js';
import { SocketServer } from './interfaces/ws/socket-server.js';
import type { EngineLog } from './logging/engine-log.js';
import type { RandomSource } from './services/request-context.js';

export interface RealtimeParts {
  readonly container: Container;
  readonly random: RandomSource;
  readonly monotonic: () => number;
  readonly log: EngineLog;
}

/** One link stands for many clients: more may wait for it than for one of them. */
const CLIENTS_OF_A_LINK = 8;

export function createRealtime({ container, random, monotonic, log }: RealtimeParts): RealtimeListener {
  const { settings, hub, relay } = container;
  const overSocket = settings.listen.kind === 'socket';
  const dispatcher = new EventDispatcher({
    handlers: eventHandlers(container),
    contextFor: (sender) => container.contextFor(undefined, sender),
    learningContext: () => container.learningContext(),
    dryRuns: container.dryRuns,
    log,
  });
  const { corsOrigins, sockets } = settings;
  const own = new SocketServer({
    ...{ settings: sockets, corsOrigins, overSocket, hub, random, monotonic, log },
    dispatcher: relayingDispatcher(dispatcher, relay, container.configurations),
    watcher: relay,
  });
  relay.serve(own);
  if (!overSocket) return own;
  const maxUnsentBytes = CLIENTS_OF_A_LINK * sockets.maxUnsentBytes;
  const bridge = new BridgeServer({ maxUnsentBytes, hub, dispatcher, build: buildDigest, monotonic, log });
  return inTurn([own, bridge]);
}
