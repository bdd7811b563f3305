import assert from 'node:assert/strict';
import { askEngine, askLegacy, type BesideRequest, mostReplyBytes } from '../../../src/facade/shadowing/ask-beside.js';
import { DryRunEngine } from '../../../src/facade/shadowing/dry-run-engine.js';
import type { Subject } from '../../../src/facade/shadowing/shadow-parts.js';
import { type PartsOptions, type PartsWorld, startParts, until } from '../../kit/shadow-parts.js';
import { dryRunOf, envelope } from '../../kit/shadow-world.js';

const NEVER = (): void => undefined;
const UNABLE = (reason: 'not_dry_runnable' | 'not_served'): string =>
  envelope({ outcome: 'not-run', reason, detail: 'it calls out', ms: 1, lockMs: 0 });

describe('asking beside', () => {
  let world: PartsWorld;
  afterEach(() => world.close());
  const start = async (options: PartsOptions = {}): Promise<Subject> => {
    world = await startParts(options);
    return world.subject('GET', '/row');
  };
  const released = (asked: BesideRequest): void => {
    asked.release();
    asked.release();
    assert.equal(world.parts.budget.used, 0);
  };

  it('a reply has room for the envelope around the largest answer, whose bytes it carries as text', () => {
    const most = 1_000_000;
    const largest = envelope({
      outcome: 'run',
      answer: { status: 200, headers: [], body: Buffer.alloc(most, 1) },
      effects: { rows: [], events: [], calls: [] },
      ...{ notSeen: [], ms: 1, lockMs: 0 },
    });
    assert.ok(mostReplyBytes(most) > largest.length);
    assert.ok(mostReplyBytes(most) < most * 3);
    world = { close: async () => undefined } as PartsWorld;
  });

  describe('the engine', () => {
    it('is a dry run, whose time is told and whose memory is given back', async () => {
      const subject = await start();
      const before = Date.now();
      const asked = askEngine(world.parts, subject);
      assert.equal(asked.sentAt(), undefined);
      const outcome = await asked.outcome;
      assert.ok(typeof outcome === 'object' && outcome.outcome === 'answered');
      assert.ok((asked.sentAt() ?? 0) >= before);
      assert.ok(world.parts.budget.used > 0);
      released(asked);
    });

    it('is not asked where there is none', async () => {
      const subject = await start();
      world.parts.engine.changed(false);
      const asked = askEngine(world.parts, subject);
      assert.equal(await asked.outcome, 'engine_unreachable');
      asked.giveUp();
      assert.deepEqual([asked.sentAt(), world.engine.seen.length], [undefined, 0]);
      released(asked);
    });

    it('waits for one that is being asked what it can, and is dropped when it can not', async () => {
      let tell = (_known: boolean): void => undefined;
      const knows = () =>
        new Promise<boolean>((resolve) => {
          tell = resolve;
        });
      const none = await startParts();
      const engine = new DryRunEngine({ target: none.parts.legacy, knows, log: none.parts.log });
      const subject = await start({ over: { engine } });
      assert.equal(engine.now(), undefined);
      const asked = askEngine(world.parts, subject);
      tell(false);
      assert.equal(await asked.outcome, 'engine_no_dry_run');
      await none.close();
    });

    it('is asked once only for a route that it does not serve', async () => {
      const subject = await start({ engine: UNABLE('not_served') });
      for (let nth = 0; nth < 2; nth += 1)
        assert.equal(await askEngine(world.parts, subject).outcome, 'engine_not_served');
      assert.equal(world.engine.seen.length, 1);
    });

    it('fails with a code of its own the first time for a route that it can not dry-run, and is left alone then', async () => {
      const subject = await start({ engine: UNABLE('not_dry_runnable') });
      const first = await askEngine(world.parts, subject).outcome;
      assert.ok(typeof first === 'object' && first.outcome === 'failed');
      assert.equal(first.code, 'not_dry_runnable');
      assert.equal(await askEngine(world.parts, subject).outcome, 'engine_not_dry_runnable');
      assert.deepEqual([...world.parts.unable.all().keys()], ['row']);
    });

    it('opens the breaker of its row when it hangs, and closes it when it answers again', async () => {
      let hangs = true;
      const subject = await start({
        settings: { copyTimeoutMs: 30 },
        engine: (_request, socket) => void (hangs || socket.write(Buffer.from(dryRunOf(), 'latin1'))),
      });
      assert.equal(await askEngine(world.parts, subject).outcome, 'engine_timeout');
      assert.equal(await askEngine(world.parts, subject).outcome, 'engine_breaker');
      hangs = false;
      world.advance(1001);
      const probe = askEngine(world.parts, subject);
      assert.equal(typeof (await probe.outcome), 'object');
      assert.deepEqual([...world.parts.breakers.states()], []);
      released(probe);
    });

    it('leaves the next probe to others when this one never went out', async () => {
      const subject = await start({ engine: NEVER, settings: { copyTimeoutMs: 30 } });
      await askEngine(world.parts, subject).outcome;
      world.advance(1001);
      const probe = askEngine(world.parts, subject);
      probe.giveUp();
      assert.equal(await probe.outcome, 'client_gone');
      world.advance(1001);
      assert.equal(await askEngine(world.parts, subject).outcome, 'engine_timeout');
    });
  });

  describe('the legacy', () => {
    it('is asked for real', async () => {
      const subject = await start();
      const asked = askLegacy(world.parts, subject);
      const outcome = await asked.outcome;
      assert.ok(typeof outcome === 'object' && outcome.outcome === 'answered');
      assert.equal(outcome.answer.body.toString(), '{"from":"legacy"}');
      assert.ok(!world.legacy.seen[0]?.headers.some((name) => name.toLowerCase() === 'x-facade-dry-run'));
      released(asked);
    });
  });

  describe('giving up', () => {
    it('takes a copy back that waits, and ends one that is under way', async () => {
      const subject = await start({ legacy: NEVER });
      const copies = Array.from({ length: 3 }, () => askLegacy(world.parts, subject));
      await until(() => world.legacy.seen.length === 2);
      assert.equal(world.parts.queues.legacy.waiting, 1);
      for (const copy of copies.toReversed()) copy.giveUp();
      assert.deepEqual(await Promise.all(copies.map(({ outcome }) => outcome)), Array(3).fill('client_gone'));
      assert.equal(world.legacy.seen.length, 2);
      assert.equal(copies[2]?.sentAt(), undefined);
      for (const copy of copies) released(copy);
    });
  });
});
