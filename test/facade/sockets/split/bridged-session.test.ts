import assert from 'node:assert/strict';
import { BridgedSession } from '../../../../src/facade/sockets/split/bridged-session.js';
import type { ClientConnection } from '../../../../src/facade/sockets/split/client-server.js';
import type { EventFate } from '../../../../src/facade/sockets/split/engine-link.js';
import type { EventShadow } from '../../../../src/facade/sockets/split/event-shadow.js';
import type { LegacySession } from '../../../../src/facade/sockets/split/legacy-session.js';
import { DEFAULT_SPLIT_SETTINGS } from '../../../../src/facade/sockets/split/split-settings.js';
import type { EventRow } from '../../../../src/facade/table/table-snapshot.js';
import { eventRow } from '../../../kit/flask-socketio-facade.js';
import { silentLog } from '../../../kit/silent-log.js';

/** A session between connections that take all, with an engine that never answers. */
class World {
  joining = 0;
  rows: readonly EventRow[] = [];
  /** What reached a side or the client, in order; of the end, its reason. */
  readonly lines: string[] = [];
  readonly seconds = new Map<string, number>();
  readonly session: BridgedSession;
  #settle: (fate: EventFate) => void = () => {};

  constructor(shadow?: EventShadow) {
    const connection = (name: string) => ({
      waitingBytes: 0,
      send: (message: unknown) => this.lines.push(`${name} ${message}`),
      close: () => this.lines.push(`${name} closed`),
    });
    this.session = new BridgedSession(
      's',
      { address: '10.0.0.1', target: '/socket.io/', headers: {}, secure: false },
      connection('legacy') as unknown as LegacySession,
      connection('client') as unknown as ClientConnection,
      {
        table: () => ({
          sockets: { stage: 'split', relay: true, events: new Map(this.rows.map((row) => [row.event, row])) },
        }),
        link: {
          event: ({ messages }, settled) => {
            this.#settle = settled;
            return this.lines.push(`engine ${String(messages[0])}`) > 0;
          },
          ...{ joined: () => {}, left: () => {}, opened: () => {}, ended: () => {} },
        },
        settings: DEFAULT_SPLIT_SETTINGS,
        gate: {
          join: () => {
            this.joining += 1;
            return () => {
              this.joining -= 1;
            };
          },
        },
        metrics: {
          eventHandled: (_event, _side, fate, seconds) => this.seconds.set(fate, seconds),
          socketLinkChanged: () => {},
        },
        shadow: () => shadow,
        overhear: () => undefined,
        log: silentLog,
        clock: { now: () => 0, after: () => () => {} },
      },
      (reason) => this.lines.push(reason),
    );
  }

  /** The engine answers what it got last. */
  handled(): void {
    this.#settle({ done: { type: 'done', number: 1, outcome: 'handled', attachments: 0, ms: 0 }, attachments: [] });
  }

  join(): this {
    this.session.fromClient('0');
    this.session.fromLegacy('0{"sid":"a"}');
    this.lines.length = 0;
    return this;
  }
}

describe('a bridged session', () => {
  it('gives its place among those who join back when it ends', () => {
    const world = new World();
    world.session.fromClient('0');
    assert.equal(world.joining, 1);
    world.session.end('client-closed');
    assert.equal(world.joining, 0);
  });

  describe('that ends while packets wait for their turn', () => {
    const ENDS = ['legacy closed', 'drained'];
    const flipped = (): World => {
      const world = new World().join();
      world.rows = [eventRow('e')];
      world.session.fromClient('2["e",1]');
      world.rows = [];
      world.session.fromClient('2["e",2]');
      world.session.fromClient('2["other",3]');
      assert.deepEqual(world.lines.splice(0), ['engine 2["e",1]']);
      return world;
    };

    it('passes them on', () => {
      const world = flipped();
      world.session.end('drained');
      assert.deepEqual(world.lines, ['legacy 2["e",2]', 'legacy 2["other",3]', 'client closed', ...ENDS]);
    });

    it('tells how long the engine took for them', () => {
      const world = flipped();
      world.rows = [eventRow('other')];
      world.session.end('drained');
      assert.deepEqual(world.lines.slice(0, 2), ['legacy 2["e",2]', 'engine 2["other",3]']);
      world.handled();
      assert.equal(world.seconds.get('handled'), 0);
    });

    it('passes nothing on of a client that is cut off', () => {
      const world = flipped();
      world.session.end('event-rate');
      assert.deepEqual(world.lines, ['client closed', 'legacy closed', 'event-rate']);
    });

    it('passes them on without the comparison that they waited for', () => {
      const world = new World({ begin: () => true, busy: () => {}, wants: () => true }).join();
      world.rows = [eventRow('e', { stage: 'shadow', sample: 100 })];
      world.session.fromClient('2["e",1]');
      world.session.fromClient('2["e",2]');
      assert.deepEqual(world.lines, []);
      world.session.end('drained');
      assert.deepEqual(world.lines, ['legacy 2["e",1]', 'legacy 2["e",2]', 'client closed', ...ENDS]);
    });
  });
});
