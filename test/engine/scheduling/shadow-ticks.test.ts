/** What the engine says of a tick of the legacy's: what it must have written, what the engine would have, and why both differ. */
import assert from 'node:assert/strict';
import { UTC } from '../../../src/engine/domain/scheduling/zone.js';
import { ShadowTicks } from '../../../src/engine/services/scheduling/shadow-ticks.js';
import type { ShadowTick } from '../../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import { LegacyScheduler } from '../../kit/legacy-scheduler.js';
import { type SchedulerWorld, startSchedulerWorld } from '../../kit/scheduler-world.js';
import { SeededRandom } from '../../kit/seeded-random.js';

const MINUTE = 60;
const DAY = 86_400;
/** Tuesday, 2026-03-10 14:20:00 UTC. */
const T = 1_773_152_400;

describe('shadow ticks', () => {
  let world: SchedulerWorld;
  let legacy: LegacyScheduler;
  let shadow: ShadowTicks;
  let wentBack: bigint | undefined;
  beforeEach(async () => {
    world = await startSchedulerWorld({ now: T, wish: null });
    legacy = new LegacyScheduler({
      file: world.db.name,
      now: () => world.now,
      online: () => new Set(online),
      gate: async () => undefined,
      tell: () => undefined,
    });
    wentBack = undefined;
    shadow = new ShadowTicks({
      orders: world.orders,
      zone: UTC,
      historyDays: 30,
      wentBackSince: (id) => id === wentBack,
    });
    // Heard of for as long as the legacy remembers.
    world.now = T - 300;
    online = ['A', 'B'];
    world.report(...online);
    world.now = T;
    world.report(...online);
  });
  afterEach(async () => {
    legacy.close();
    await world.stop();
  });
  let online: readonly string[];

  /** The legacy ticks, and the engine tells of it two seconds later. */
  const tickAt = async (minute: number): Promise<ShadowTick> => {
    world.now = minute;
    await legacy.tick();
    world.now = minute + 2;
    return await shadow.compute(BigInt(minute), world.context());
  };
  const line = ({
    job,
    host,
    occurrence,
  }: {
    readonly job: number;
    readonly host: string;
    readonly occurrence: number;
  }) => [job, host, (occurrence - T) / MINUTE].join(' ');
  const written = (minute: number) =>
    (
      world.db
        .prepare(
          'SELECT job_id AS job, target_hostname AS host, scheduled_ts AS occurrence FROM scheduled_job_runs WHERE created_at >= ?',
        )
        .all(minute) as { job: number; host: string; occurrence: number }[]
    )
      .map(line)
      .sort();
  const close = (status: string) => {
    world.db.exec(
      `UPDATE scheduled_job_runs SET status = '${status}', finished_ts = ${world.now}, updated_at = ${world.now}`,
    );
  };

  it('tells what the legacy wrote, from rows as they are after it', async () => {
    world.addJob({ type: 'every_5_minutes', start: T, targets: ['A', 'B', 'gone'] });
    const tick = await tickAt(T);
    assert.equal(tick.presence_known, true);
    assert.deepEqual(tick.as_legacy.map(line).sort(), written(T));
    assert.equal(tick.as_legacy.length, 2);
    assert.deepEqual(tick.as_engine, tick.as_legacy);
    assert.deepEqual(tick.named, []);
  });

  it('names what is served again because it was forgotten', async () => {
    world.addJob({ type: 'once', start: T, targets: ['A', 'B'] });
    await tickAt(T);
    close('Success');
    for (const days of [29, 31]) {
      const minute = T + days * DAY;
      world.now = minute - 400;
      world.report('A', 'B');
      world.now = minute - 1;
      world.report('A', 'B');
      world.db.exec("DELETE FROM scheduled_job_runs WHERE target_hostname = 'A'");
      const { as_legacy: asLegacy, as_engine: asEngine, named } = await tickAt(minute);
      assert.deepEqual(
        [asLegacy.map(({ host }) => host), asEngine.map(({ host }) => host), named.map(({ fault }) => fault)],
        days === 29 ? [['A'], ['A'], []] : [['A'], [], ['retention']],
      );
    }
  });

  it('agrees with the model of the legacy in random histories', async () => {
    const random = new SeededRandom(7);
    for (let history = 0; history < 25; history += 1) {
      world.db.exec('DELETE FROM scheduled_jobs; DELETE FROM scheduled_job_runs');
      for (let jobs = 1 + random.below(4); jobs > 0; jobs -= 1) {
        const type = random.pick(['every_5_minutes', 'every_10_minutes', 'once', 'immediately', 'odd']);
        const start = T + (random.below(14) - 7) * MINUTE;
        world.addJob({
          type,
          start,
          created: T - (1 + random.below(7)) * MINUTE,
          targets: random.pick([['A'], ['A', 'B'], ['A', 'A'], ['A', 'gone']]),
        });
      }
      for (let minute = T; minute < T + 12 * MINUTE; minute += MINUTE) {
        world.now = minute - 1;
        world.report('A', 'B');
        const tick = await tickAt(minute);
        assert.deepEqual(tick.as_legacy.map(line).sort(), written(minute), `history ${history}, minute ${minute}`);
        for (const { fault, why } of tick.named) assert.notEqual(fault, null, why);
        if (random.chance(0.5)) close(random.pick(['Success', 'Failed', 'Timed Out']));
      }
    }
  });

  const faults: readonly (readonly [string, string, () => Promise<ShadowTick>])[] = [
    [
      'F5',
      'a run that failed',
      async () => {
        world.addJob({ type: 'every_5_minutes', start: T, targets: ['A'] });
        await tickAt(T);
        close('Failed');
        return await tickAt(T + 5 * MINUTE);
      },
    ],
    [
      'F6',
      'a target named twice',
      async () => {
        world.addJob({ type: 'every_5_minutes', start: T, targets: ['A', 'A'] });
        await tickAt(T);
        return await tickAt(T + 5 * MINUTE);
      },
    ],
    [
      'F7',
      'a first start that was missed',
      async () => {
        world.addJob({ type: 'every_10_minutes', start: T - 10 * MINUTE, targets: ['A'] });
        return await tickAt(T);
      },
    ],
    [
      'F8',
      'an occurrence that is not over',
      async () => {
        world.addJob({ type: 'every_5_minutes', start: T, targets: ['A', 'gone'] });
        await tickAt(T);
        return await tickAt(T + 5 * MINUTE);
      },
    ],
    [
      'F4',
      'nothing to run',
      async () => {
        world.addJob({
          type: 'once',
          start: T,
          targets: ['A'],
          components: [{ type: 'script', path: 'missing.json' }],
        });
        return await tickAt(T);
      },
    ],
  ];
  for (const [fault, what, make] of faults)
    it(`names ${fault}: ${what}`, async () => {
      const { named } = await make();
      assert.deepEqual(
        named.map(({ host, fault: told }) => [host, told]),
        [['A', fault]],
      );
    });

  it('leaves out jobs that are neither off nor on, as the legacy does (F11)', async () => {
    world.addJob({ type: 'once', start: T, targets: ['A'], enabled: 5 });
    world.addJob({ type: 'once', start: T, targets: ['A'], enabled: 0 });
    const { as_legacy: asLegacy, as_engine: asEngine } = await tickAt(T);
    assert.deepEqual([asLegacy, asEngine], [[], []]);
  });

  it('is unsure of what changed since, and tells no job of the engine', async () => {
    const [edited, back, owned, plain] = ['A', 'A', 'A', 'A'].map(() =>
      world.addJob({ type: 'once', start: T, targets: ['A'] }),
    );
    await world.wish({ owner: 'legacy', jobs: { [String(owned)]: 'engine' } });
    world.db.exec('UPDATE engine_job_owners SET owned_since = owned_since - 3600');
    world.db.prepare('UPDATE scheduled_jobs SET updated_at = ? WHERE id = ?').run(T + 1, edited);
    wentBack = BigInt(back ?? 0);
    world.now = T + 1;
    world.report('new');
    const tick = await tickAt(T);
    assert.deepEqual(tick.unsure_jobs, [edited, back]);
    assert.deepEqual(
      tick.as_legacy.map(({ job }) => job),
      [plain],
    );
    assert.deepEqual(tick.unsure_hosts, ['new']);
  });

  it('knows no presence before it has heard of it for as long as it counts', async () => {
    world.restart();
    world.now = T;
    world.report('A');
    assert.equal((await shadow.compute(BigInt(T), world.context())).presence_known, false);
    for (let minute = 1; minute <= 5; minute += 1) {
      world.now = T + minute * MINUTE;
      world.report('A');
    }
    assert.equal((await shadow.compute(BigInt(T + 5 * MINUTE), world.context())).presence_known, true);
  });

  it('writes nothing', async () => {
    world.addJob({ type: 'once', start: T, targets: ['A'] });
    await tickAt(T);
    const state = () => JSON.stringify([world.runs(), world.db.prepare('SELECT * FROM scheduled_jobs').all()]);
    const before = state();
    await shadow.compute(BigInt(T), world.context());
    assert.equal(state(), before);
    assert.deepEqual(world.emitted(), []);
  });
});
