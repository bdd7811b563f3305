import assert from 'node:assert/strict';
import { ByteBudget } from '../../../src/facade/shadowing/byte-budget.js';
import { compareWrite } from '../../../src/facade/shadowing/compare-write.js';
import type { Companion } from '../../../src/facade/shadowing/shadow-parts.js';
import { EffectsError } from '../../../src/legacy-bridge/effects/effects-error.js';
import type { SeenEffects } from '../../../src/legacy-bridge/effects/effects-observer.js';
import { answerBy, leaveBy, type PartsOptions, type PartsWorld, startParts, until } from '../../kit/shadow-parts.js';
import { blindObserver, dryRunOf } from '../../kit/shadow-world.js';

describe('compareWrite', () => {
  let world: PartsWorld;
  const start = async (options: PartsOptions = {}): Promise<void> => {
    world = await startParts(options);
  };
  afterEach(() => world.close());

  const post = async (body = '{"a":1}'): Promise<Companion | undefined> =>
    compareWrite(world.parts, await world.subject('POST', '/row', body));
  const settled = () => world.parts.comparisons.settled();
  const nothingHeld = () => {
    assert.equal(world.parts.budget.used, 0);
    assert.equal(world.parts.dryRuns.underWay, 0);
    assert.equal(world.snapshots.ended, world.snapshots.taken);
  };

  it('compares what the engine would have done with what the legacy did, and holds nothing afterwards', async () => {
    await start();
    const companion = await post();
    assert.ok(companion);
    assert.equal(companion.taken?.bytes.toString(), '{"a":1}');
    answerBy(companion);
    await until(() => world.parts.comparisons.waiting > 0);
    await settled();
    assert.deepEqual(
      world.compared.map(({ kind, answeredBy }) => [kind, answeredBy]),
      [['write', 'legacy']],
    );
    nothingHeld();
  });

  it('tells which build was asked, and what it could not record', async () => {
    let build = 'build-1';
    await start({ engineBuild: () => build, engine: dryRunOf({ notSeen: ['rows of the table search'] }) });
    const companion = await post();
    assert.ok(companion);
    // Another engine starts before the pair is compared.
    build = 'build-2';
    answerBy(companion);
    await until(() => world.parts.comparisons.waiting > 0);
    await settled();
    const [input] = world.compared;
    assert.equal(input?.engineBuild, 'build-1');
    assert.deepEqual(input.effects?.engineNotSeen, ['rows of the table search']);
  });

  it('knows what the legacy emits where that is nothing by contract, and only there', async () => {
    await start();
    for (const path of ['/api/agent/heartbeat', '/api/scripts/quick_run']) {
      const companion = await compareWrite(world.parts, await world.subject('POST', path, '{}'));
      assert.ok(companion);
      answerBy(companion);
      await until(() => world.parts.comparisons.waiting > 0);
      await settled();
    }
    assert.deepEqual(
      world.compared.map(({ effects }) => [effects?.legacy.eventsSeen, effects?.legacy.effects.events]),
      [
        [true, []],
        [false, []],
      ],
    );
  });

  it('is dropped when nobody can tell which build answered', async () => {
    let asked = 0;
    await start({
      engineBuild: () => {
        asked += 1;
        return `build-${asked}`;
      },
    });
    const companion = await post();
    assert.equal(companion?.tap, undefined);
    assert.deepEqual(world.drops, ['build_unknown']);
    nothingHeld();
  });

  describe('beside another write', () => {
    const other = (): void => {
      world.parts.ledger.begin();
      world.parts.ledger.end();
    };
    /** @param legacyAt what else happens while the legacy works */
    const disturbed = async (legacyAt: () => void, options: PartsOptions = {}): Promise<boolean | undefined> => {
      await start(options);
      const companion = await post();
      assert.ok(companion);
      world.parts.ledger.begin();
      legacyAt();
      world.parts.ledger.end();
      answerBy(companion);
      await until(() => world.parts.comparisons.waiting > 0);
      await settled();
      return world.compared[0]?.effects?.legacy.disturbed;
    };

    it('is not disturbed by itself, nor by one that changed nothing after the snapshot', async () => {
      assert.equal(await disturbed(() => undefined), false);
      await world.close();
      assert.equal(await disturbed(other), false);
    });

    it('is disturbed by one that may have changed what was seen to change', async () => {
      const row = { table: 'devices', rowId: 1, change: 'insert', before: undefined, after: { guid: 'G' } } as const;
      const seen: SeenEffects = {
        effects: { rows: [row], events: [], calls: [] },
        ...{ disturbed: false, notSearched: [], eventsSeen: false },
      };
      const observer = {
        isFull: () => false,
        open: async () => ({ finish: async () => seen, close: () => undefined }),
        close: async () => undefined,
      };
      assert.equal(await disturbed(() => undefined, { over: { observer } }), false);
      await world.close();
      assert.equal(await disturbed(other, { over: { observer } }), true);
    });

    it('is disturbed by one during the dry run, which may have met another state than the snapshot, whatever is seen', async () => {
      const engine: PartsOptions['engine'] = (_request, socket) => {
        other();
        socket.write(Buffer.from(dryRunOf(), 'latin1'));
      };
      assert.equal(await disturbed(() => undefined, { engine }), true);
    });
  });

  describe('after the engine broke', () => {
    /** Two writes: the first opens the breaker, the second is dropped by it. */
    const broken = async (): Promise<void> => {
      let hangs = true;
      await start({
        settings: { dryRunTimeoutMs: 50 },
        engine: (_request, socket) => {
          if (!hangs) socket.write(Buffer.from(dryRunOf(), 'latin1'));
          hangs = false;
        },
      });
      await post();
      await post();
      assert.deepEqual(world.drops, ['engine_timeout', 'engine_breaker']);
      assert.deepEqual(world.givenUpAfter, [50], 'it is at least that slow');
    };

    it('tries it again beside a request that does not wait, and compares again once it answered', async () => {
      await broken();
      world.advance(1001);
      await post();
      assert.equal(world.parts.dryRuns.underWay, 1);
      assert.deepEqual(world.drops.slice(2), ['engine_breaker']);
      await until(() => world.parts.dryRuns.underWay === 0);
      assert.deepEqual([...world.parts.breakers.states()], []);
      const companion = await post();
      assert.ok(companion?.tap);
      leaveBy(companion);
      await until(() => world.drops.length === 4);
      nothingHeld();
    });

    it('leaves it alone for longer when it still does not answer', async () => {
      let asked = 0;
      await start({
        settings: { dryRunTimeoutMs: 30 },
        engine: () => {
          asked += 1;
        },
      });
      await post();
      world.advance(1001);
      await post();
      await until(() => world.parts.dryRuns.underWay === 0);
      assert.deepEqual([...world.parts.breakers.states()], [['row', 'open']]);
      await post();
      assert.equal(asked, 2);
    });
  });

  describe('when comparing itself breaks', () => {
    const broken = new TypeError('planted');
    const said = () => world.logged.filter(({ level }) => level === 'error').map(({ message }) => message);

    it('in taking the snapshot, the request goes on with its body', async () => {
      await start({
        over: { observer: { isFull: () => false, open: () => Promise.reject(broken), close: async () => undefined } },
      });
      const companion = await post();
      assert.equal(companion?.taken?.bytes.toString(), '{"a":1}');
      assert.equal(companion.tap, undefined);
      assert.deepEqual([world.drops, said()], [['compare_failed'], ['comparison failed']]);
      nothingHeld();
    });

    it('in reading the effects, nobody hears of it but the log', async () => {
      const closes: string[] = [];
      const observation = { finish: () => Promise.reject(broken), close: () => void closes.push('closed') };
      await start({
        over: { observer: { isFull: () => false, open: async () => observation, close: async () => undefined } },
      });
      const companion = await post();
      assert.ok(companion);
      answerBy(companion);
      await until(() => world.drops.length > 0);
      assert.deepEqual([world.drops, said(), closes], [['compare_failed'], ['comparison failed'], ['closed']]);
      nothingHeld();
    });
  });

  it('asks the engine nothing when no snapshot can be had: no client waits for what can not be compared', async () => {
    let asked = 0;
    const engine = (): void => {
      asked += 1;
    };
    await start({ engine, over: { observer: { ...blindObserver({ taken: 0, ended: 0 }), isFull: () => true } } });
    assert.equal(await post(), undefined);
    assert.deepEqual([world.drops, asked], [['in_flight'], 0]);
    nothingHeld();
  });

  it('holds the rows that it saw within the memory for all that waits, or drops the comparison', async () => {
    const after = { guid: 'G', details: 'x'.repeat(600_000) };
    const row = { table: 'devices', rowId: 1, change: 'insert', before: undefined, after } as const;
    const seen: SeenEffects = {
      effects: { rows: [row], events: [], calls: [] },
      ...{ disturbed: false, notSearched: [], eventsSeen: false },
    };
    const observer = {
      isFull: () => false,
      open: async () => ({ finish: async () => seen, close: () => undefined }),
      close: async () => undefined,
    };
    const write = async (most: number): Promise<void> => {
      await start({ over: { observer, budget: new ByteBudget(most) } });
      const companion = await post();
      assert.ok(companion);
      answerBy(companion);
      await until(() => world.drops.length + world.compared.length > 0);
      await settled();
    };
    await write(500_000);
    assert.deepEqual(world.drops, ['memory']);
    nothingHeld();
    await world.close();
    await write(700_000);
    assert.equal(world.compared.length, 1);
    nothingHeld();
  });

  it('drops the comparison when the engine names more than is looked up', async () => {
    const finish = () => Promise.reject(new EffectsError('effects_too_large', 'rows of devices'));
    const observation = { finish, close: () => undefined };
    await start({ over: { observer: { ...blindObserver({ taken: 0, ended: 0 }), open: async () => observation } } });
    const companion = await post();
    assert.ok(companion);
    answerBy(companion);
    await until(() => world.drops.length > 0);
    assert.deepEqual(world.drops, ['effects_too_large']);
    nothingHeld();
  });

  it('drops the comparison when effects can not be seen, which is no fault', async () => {
    const unseen = new EffectsError('database_absent', 'gone');
    await start({
      over: { observer: { isFull: () => false, open: () => Promise.reject(unseen), close: async () => undefined } },
    });
    const companion = await post();
    assert.equal(companion?.tap, undefined);
    assert.deepEqual(world.drops, ['effects_unseen']);
    nothingHeld();
  });
});
