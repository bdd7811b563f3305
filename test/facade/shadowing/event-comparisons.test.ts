import assert from 'node:assert/strict';
import { EventComparisons } from '../../../src/facade/shadowing/event-comparisons.js';
import { WriteLedger } from '../../../src/facade/shadowing/write-ledger.js';
import type { EventFate } from '../../../src/facade/sockets/split/engine-link.js';
import type { EventComparison, ShadowedEvent } from '../../../src/facade/sockets/split/event-shadow.js';
import { Overhearing } from '../../../src/facade/sockets/split/overhearing.js';
import type { EventRow } from '../../../src/facade/table/table-snapshot.js';
import type { EmittedEvent } from '../../../src/legacy-bridge/effects/effects.js';
import { eventRow } from '../../kit/flask-socketio-facade.js';
import { type PartsOptions, type PartsWorld, startParts, until } from '../../kit/shadow-parts.js';

const ROW = eventRow('macro_status', { stage: 'shadow', sample: 100 });
const DATA = '["macro_status",{"a":1}]';
const RELAYED: EmittedEvent = { event: 'macro_status', room: null, payload: { a: 1 } };

function fateOf(more: Partial<Extract<EventFate, { done: unknown }>['done']> = {}, events = [RELAYED]): EventFate {
  const effects = { rows: [], events, calls: [] };
  const done = { type: 'done', number: 1, outcome: 'handled', ack: '35[]', attachments: 0, effects, ms: 1 } as const;
  return { done: { ...done, ...more }, attachments: [] };
}

describe('comparing an event', () => {
  let world: PartsWorld;
  let events: EventComparisons;
  /** Of another client. */
  let tellOther: ((data: string | undefined) => void) | undefined;
  afterEach(() => world.close());

  async function start(options: PartsOptions = {}): Promise<void> {
    world = await startParts(options);
    events = new EventComparisons({ parts: world.parts, tableVersion: () => 3 });
    tellOther = undefined;
  }

  /** @returns once the event may go on */
  function begin(fate: EventFate | undefined, row: EventRow = ROW): Promise<EventComparison | undefined> {
    return new Promise((resolve) => {
      const event: ShadowedEvent = {
        ...{ row, data: DATA, packet: [`25${DATA}`], headers: { authorization: 'Bearer x.y.z' } },
        overhear: () =>
          new Overhearing({
            listen: (listener) => {
              tellOther = listener;
              return () => undefined;
            },
          }),
        ask: (_packet, settled) => {
          if (fate !== undefined) setImmediate(() => settled(fate));
          return true;
        },
      };
      if (!events.begin(event, resolve)) resolve(undefined);
    });
  }

  /** The legacy handles it, and emits what it is told to. */
  async function handle(fate: EventFate, emitted: readonly string[], overheard = emitted) {
    const comparison = await begin(fate);
    assert.ok(comparison);
    comparison.passedOn();
    for (const data of emitted) comparison.emitted(data);
    for (const data of overheard) tellOther?.(data);
    comparison.acknowledged('[]');
    await until(() => world.compared.length + world.drops.length > 0);
    return world.compared[0];
  }

  it('hands on what both sides acknowledged and emitted, without the headers of the handshake', async () => {
    await start();
    const input = await handle(fateOf(), [DATA]);
    assert.equal(input?.request.body.toString(), '{"a":1}');
    assert.deepEqual(
      [input?.request.row.id, input?.request.method, input?.request.target, input?.request.tableVersion],
      ['event:macro_status', 'EVENT', 'macro_status', 3],
    );
    assert.deepEqual(input?.request.headers, [['content-type', 'application/json']]);
    assert.equal(input?.request.caller, 'unrecognised');
    const answers = [input?.legacy, input?.engine].map((side) =>
      side?.outcome === 'answered' ? [side.answer.status, side.answer.body.toString()] : side,
    );
    assert.deepEqual(answers, [
      [200, '[]'],
      [200, '[]'],
    ]);
    assert.deepEqual(input?.effects?.legacy.effects.events, [RELAYED]);
    assert.equal(input?.effects?.legacy.eventsSeen, true);
    assert.equal(input?.effects?.legacy.disturbed, false);
  });

  it('gives snapshot and memory back, and is over', async () => {
    await start();
    await handle(fateOf(), [DATA]);
    await until(() => world.parts.budget.used === 0);
    assert.deepEqual(world.snapshots, { taken: 1, ended: 1 });
    assert.equal(world.parts.dryRuns.underWay, 0);
  });

  it('tells an engine whose handler failed from one that handled it', async () => {
    await start();
    const effects = { rows: [], events: [], calls: [] };
    const input = await handle(fateOf({ outcome: 'failed', effects }), [DATA]);
    assert.equal(input?.engine.outcome === 'answered' && input.engine.answer.status, 500);
  });

  it('knows by another client what went to the sender alone', async () => {
    await start();
    const input = await handle(fateOf(), [DATA], []);
    assert.deepEqual(input?.effects?.legacy.effects.events, [{ ...RELAYED, toSender: true }]);
  });

  it('believes the engine about whom an event went to where no other client is left', async () => {
    await start();
    const comparison = await begin(fateOf({}, [{ ...RELAYED, toSender: true }]));
    comparison?.passedOn();
    comparison?.emitted(DATA);
    tellOther?.(undefined);
    comparison?.acknowledged('[]');
    await until(() => world.compared.length > 0);
    assert.deepEqual(world.compared[0]?.effects?.legacy.effects.events, [{ ...RELAYED, toSender: true }]);
  });

  it('leaves out what the event can not have caused, and says what it did not see', async () => {
    await start();
    const toRoom: EmittedEvent = { event: 'agent_config', room: 'pc-1', payload: 1 };
    const input = await handle(fateOf({}, [RELAYED, toRoom]), [DATA, '["quick_job_run",{}]', 'no json']);
    assert.deepEqual(input?.effects?.legacy.effects.events, [RELAYED]);
    assert.deepEqual(input?.effects?.engine.events, [RELAYED]);
    assert.deepEqual(input?.effects?.engineNotSeen, ['events to rooms that the sender is not in']);
  });

  it('takes an event without an argument for one of nothing, as the legacy emits it', async () => {
    await start();
    const input = await handle(fateOf({}, [{ ...RELAYED, payload: null }]), ['["macro_status"]']);
    assert.deepEqual(input?.effects?.legacy.effects.events, [{ ...RELAYED, payload: null }]);
  });

  it('is disturbed by whatever others send meanwhile', async () => {
    let bytes = 0;
    await start({ over: { ledger: new WriteLedger(() => bytes) } });
    const comparison = await begin(fateOf());
    comparison?.passedOn();
    bytes += 1;
    comparison?.acknowledged('[]');
    await until(() => world.compared.length > 0);
    assert.equal(world.compared[0]?.effects?.legacy.disturbed, true);
  });

  it('lets the event go on without a dry run that hangs, and soon without asking for one', async () => {
    await start({ settings: { dryRunTimeoutMs: 20 } });
    assert.equal(await begin(undefined), undefined);
    assert.equal(await begin(fateOf()), undefined);
    assert.deepEqual(world.drops, ['engine_timeout', 'engine_breaker']);
    assert.equal(world.parts.budget.used, 0);
    await until(() => world.snapshots.taken === world.snapshots.ended);
  });

  it('asks again beside an event, once the engine was left alone for a while', async () => {
    await start({ settings: { dryRunTimeoutMs: 20 } });
    await begin(undefined);
    world.advance(1_001);
    assert.equal(await begin(fateOf()), undefined);
    await until(() => world.parts.dryRuns.underWay === 0);
    assert.ok(await begin(fateOf()));
    assert.deepEqual(world.drops, ['engine_timeout', 'engine_breaker']);
  });

  for (const [what, fate, reason] of [
    ['is lost', 'lost', 'engine_unreachable'],
    ['knows no such event', fateOf({ outcome: 'unknown' }), 'engine_not_served'],
    ['has no time', fateOf({ outcome: 'refused' }), 'engine_busy'],
    ['tells no effects', fateOf({ effects: JSON.parse('{}') }), 'engine_no_dry_run'],
  ] as const)
    it(`says why where the engine ${what}`, async () => {
      await start();
      assert.equal(await begin(fate), undefined);
      assert.deepEqual(world.drops, [reason]);
    });

  it('waits for a legacy that acknowledges nothing only so long', async () => {
    await start({ settings: { copyTimeoutMs: 20 } });
    const comparison = await begin(fateOf());
    comparison?.passedOn();
    await until(() => world.drops.length > 0);
    assert.deepEqual([world.drops, comparison?.isOver], [['legacy_timeout'], true]);
    assert.deepEqual(world.snapshots, { taken: 1, ended: 1 });
  });

  it('ends with its client, once', async () => {
    await start();
    const comparison = await begin(fateOf());
    comparison?.passedOn();
    comparison?.giveUp();
    comparison?.giveUp();
    comparison?.emitted(DATA);
    comparison?.acknowledged('[]');
    assert.deepEqual(world.drops, ['client_gone']);
    assert.equal(world.parts.budget.used, 0);
  });

  it('keeps no more than its share of memory', async () => {
    await start({ settings: { maxBodyBytes: 64 } });
    const comparison = await begin(fateOf());
    comparison?.passedOn();
    comparison?.emitted(`["macro_status","${'x'.repeat(64)}"]`);
    assert.deepEqual(world.drops, ['answer_too_large']);
  });

  it('wants what is sampled, and says why it does not want the rest', async () => {
    await start({ over: { observer: undefined } });
    assert.equal(events.wants(eventRow('echo', { sample: 0 })), false);
    assert.deepEqual(world.drops, []);
    assert.equal(events.wants(ROW), false);
    events.busy(ROW);
    assert.deepEqual(world.drops, ['effects_unseen', 'in_flight']);
  });
});
