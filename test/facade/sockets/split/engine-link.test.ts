/** The link to the engine by itself: what it takes, and what becomes of what it took. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { engineDialer } from '../../../../src/facade/sockets/side-dialer.js';
import type { SocketClock } from '../../../../src/facade/sockets/socket-clock.js';
import { systemSocketClock } from '../../../../src/facade/sockets/socket-clock.js';
import { EngineLink, type EventFate } from '../../../../src/facade/sockets/split/engine-link.js';
import { silentLog } from '../../../kit/silent-log.js';
import { type StubEngineLink, startStubEngineLink } from '../../../kit/stub-engine-link.js';

describe('the link to the engine', () => {
  let engine: StubEngineLink;
  let link: EngineLink;
  const changes = new EventEmitter();
  beforeEach(async () => {
    engine = await startStubEngineLink();
  });
  afterEach(async () => {
    link.close();
    await engine.stop();
  });

  async function open(bufferBytes: number, clock: SocketClock = systemSocketClock): Promise<void> {
    link = new EngineLink({
      dialer: () => engineDialer({ socketPath: engine.socketPath }),
      ...{ sessions: () => [], bufferBytes, log: silentLog, clock, emit: () => {} },
      up: () => changes.emit('up'),
      down: () => changes.emit('down'),
    });
    const up = once(changes, 'up');
    link.want();
    await up;
  }

  /** @returns what becomes of it; undefined when it was not taken */
  function hand(packet: string): Promise<EventFate> | undefined {
    let settle: (fate: EventFate) => void = () => {};
    const fate = new Promise<EventFate>((resolve) => {
      settle = resolve;
    });
    const isTaken = link.event({ session: 's', use: 'handle', messages: [packet] }, settle);
    return isTaken ? fate : undefined;
  }

  const outcomeOf = (fate: EventFate | undefined) => (typeof fate === 'object' ? fate.done.outcome : fate);

  it('takes no text that is too long once it is escaped, and lives', async function () {
    this.timeout(60_000);
    await open(2 ** 31);
    assert.equal(hand(`2["e","${'\u0001'.repeat(95_000_000)}"]`), undefined);
    assert.equal(outcomeOf(await hand('2["e",1]')), 'handled');
  });

  it('takes only so much that the engine has not answered, however much it reads', async () => {
    await open(5_000);
    engine.answer = () => undefined;
    const taken = Array.from({ length: 10 }, () => hand('2["e",1]') !== undefined);
    assert.deepEqual(
      taken.map((isTaken) => (isTaken ? 'taken' : 'refused')),
      [...Array(5).fill('taken'), ...Array(5).fill('refused')],
    );
    await engine.seen('event', 5);
    assert.equal(hand('2["e",1]'), undefined);
    for (const { number } of engine.events())
      engine.say({ type: 'done', number, outcome: 'handled', attachments: 0, ms: 0 });
    engine.answer = () => ({});
    while (hand('2["last",1]') === undefined) await new Promise((resolve) => setImmediate(resolve));
  });

  it('of what an engine that stops has not answered, it has handled nothing', async () => {
    await open(1_000_000);
    engine.answer = () => undefined;
    const [first, second] = [hand('2["e",1]'), hand('2["e",2]')];
    await engine.seen('event', 2);
    engine.close();
    assert.deepEqual([outcomeOf(await first), outcomeOf(await second)], ['refused', 'refused']);
  });

  it('of what an engine that is killed has not answered, nobody knows', async () => {
    await open(1_000_000);
    engine.answer = () => undefined;
    const fate = hand('2["e",1]');
    await engine.seen('event');
    await engine.kill();
    assert.equal(outcomeOf(await fate), 'lost');
  });

  it('is made at once with an engine that has just become ready', async () => {
    // Tries again when it is told to alone.
    await open(1_000_000, { now: () => performance.now(), after: () => () => {} });
    link.hasten();
    const down = once(changes, 'down');
    await engine.kill();
    await down;
    await engine.start();
    const up = once(changes, 'up');
    link.hasten();
    await up;
    assert.equal(outcomeOf(await hand('2["e",1]')), 'handled');
  });
});
