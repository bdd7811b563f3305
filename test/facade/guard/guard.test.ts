import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardedSink } from '../../../src/facade/guard/guarded-sink.js';
import { code } from '../table/open-table.js';
import { type GuardWorld, guardWorld, resultOf } from './guard-world.js';

const TABLE = `version: 1
defaults: { stage: legacy, guard: { window: 60s, minRequests: 20, holdDown: 10m } }
groups:
  pair: { stage: legacy }
routes:
  - { id: a, match: GET /a, stage: legacy }
  - { id: b, match: GET /b, stage: legacy, requires: [{ id: a, atLeast: canary }] }
  - { id: strict, match: GET /strict, stage: legacy, guard: { errorRate: 2%, minRequests: 50 } }
  - { id: free, match: GET /free, stage: legacy, guard: off }
  - { id: first, match: GET /first, group: pair }
  - { id: second, match: GET /second, group: pair }
  - { id: gone, match: GET /gone, stage: legacy, requires: [{ id: pair, atLeast: canary }] }
`;
const BY = { who: 'ann', why: 'a try' };

describe('the guard', () => {
  let world: GuardWorld;
  beforeEach(async () => {
    world = await guardWorld({ text: TABLE });
  });
  afterEach(() => world.close());

  const flip = (target: string, stage: 'engine' | 'verify' | 'shadow' | 'legacy' | 'retired', force = false) =>
    world.table.flip({ target, stage, ...BY, force });

  it('moves a row back whose engine fails, with the evidence in the audit, and tells of it', async () => {
    world.tell('a', 200, 400, 'legacy');
    await flip('a', 'engine');
    world.tell('a', 200, 20);
    world.tell('a', 500, 1);
    await world.settled();
    assert.equal(world.stageOf('a'), 'engine', '1 of 21 is within 5 %');
    world.tell('a', 500, 1);
    await world.settled();
    assert.equal(world.stageOf('a'), 'legacy');
    const [version] = world.table.versions(1);
    const evidence =
      '2 of 22 requests to the engine in the last 60 s failed (9.1 %, allowed are 5 %; the legacy: 0 of 400, 0 %)';
    assert.deepEqual([version?.who, version?.why, version?.cause], ['guard', `${evidence}.`, 'flip']);
    assert.deepEqual(world.trips, ['a errors']);
    const [alert] = world.alerts;
    assert.equal(alert?.event, 'guard_moved_back');
    assert.deepEqual(alert?.details, {
      ...{ target: 'a', row: 'a', cause: 'errors', evidence, from: 'engine', to: 'legacy', rows: ['a'] },
      ...{ version: version?.version, heldUntil: new Date(world.clock.now + 600_000).toISOString() },
    });
    assert.equal(world.log.entries.filter(({ message }) => message === 'guard moved back').length, 1);
  });

  it('acts once, however many requests fail meanwhile, and starts anew with the next flip', async () => {
    await flip('a', 'engine');
    const old = world.decision('a');
    for (let at = 0; at < 500; at += 1) world.guard.forwarded(old, resultOf(500, 'engine'));
    await world.settled();
    assert.equal(world.trips.length, 1);
    await flip('a', 'engine', true);
    // Requests of before the flip that end only now.
    for (let at = 0; at < 500; at += 1) world.guard.forwarded(old, resultOf('engine_head_timeout', 'engine'));
    await world.settled();
    assert.equal(world.stageOf('a'), 'engine');
    world.tell('a', 200, 19);
    assert.equal(world.guard.view().rows[0]?.window.requests, 19);
  });

  it('goes by what is left in the window', async () => {
    await flip('a', 'engine');
    world.tell('a', 500, 19);
    world.clock.now += 61_000;
    world.tell('a', 200, 100);
    await world.settled();
    assert.equal(world.stageOf('a'), 'engine');
  });

  it('moves a row back over timeouts, and over requests that an open breaker kept from the engine', async () => {
    await flip('a', 'engine');
    world.tell('a', 'engine_head_timeout', 20);
    await world.settled();
    assert.deepEqual(world.trips, ['a timeouts']);
    await flip('pair', 'engine');
    world.tell('first', 'engine_connect_failed', 5);
    for (let at = 0; at < 15; at += 1) world.guard.keptOut(world.decision('first'));
    await world.settled();
    assert.deepEqual(world.trips, ['a timeouts', 'first errors']);
    assert.deepEqual([world.stageOf('first'), world.stageOf('second')], ['legacy', 'legacy'], 'the whole group');
  });

  it('moves a row back over mismatches, which it hears of on their way to the store', async () => {
    await flip('a', 'verify');
    const stored: string[] = [];
    const sink = guardedSink(
      {
        record: (_input, { verdict }) => stored.push(verdict),
        dropped: (_row, reason, ms) => stored.push(`${reason} ${ms}`),
      },
      world.guard,
    );
    const { row, tableVersion } = world.decision('a');
    const compare = (verdict: string, times: number) => {
      for (let at = 0; at < times; at += 1)
        sink.record({ request: { row, tableVersion } } as never, { verdict } as never);
    };
    compare('inconclusive', 100);
    compare('match', 18);
    compare('ignored', 1);
    sink.dropped('a', 'engine_timeout', 250);
    compare('mismatch', 1);
    await world.settled();
    assert.equal(world.stageOf('a'), 'verify', '1 of 20 is at the limit');
    compare('mismatch', 1);
    await world.settled();
    assert.equal(world.stageOf('a'), 'legacy');
    assert.deepEqual(world.trips, ['a mismatches']);
    assert.equal(stored.length, 122);
    assert.ok(stored.includes('engine_timeout 250'));
  });

  it('moves the row of an event back over mismatches, as a route’s', async () => {
    await world.table.flip({ target: 'event:macro_status', stage: 'canary', percent: 5, by: 'address', ...BY });
    const { version } = world.table.current();
    for (let at = 0; at < 20; at += 1)
      world.guard.compared('event:macro_status', version, at < 18 ? 'match' : 'mismatch');
    await world.settled();
    assert.equal(world.table.current().sockets.events.get('macro_status')?.stage, 'legacy');
    assert.deepEqual(world.trips, ['event:macro_status mismatches']);
    await assert.rejects(flip('event:macro_status', 'engine'), code('held_down'));
  });

  it('goes back to shadow when the row came from there', async () => {
    await flip('a', 'shadow');
    await flip('a', 'verify');
    await flip('a', 'engine');
    world.tell('a', 503, 20);
    await world.settled();
    assert.equal(world.stageOf('a'), 'shadow');
  });

  it('is not moved by clients, by 4xx, by a fallback to a legacy that is down, or by what the legacy did itself', async () => {
    world.tell('strict', 200, 950, 'legacy');
    world.tell('strict', 500, 50, 'legacy');
    await flip('strict', 'engine');
    await flip('a', 'engine');
    world.tell('a', 404, 300);
    world.tell('a', 'client_gone', 300);
    world.tell('a', 'client_body_cut', 300);
    world.tell('a', 'engine_unavailable', 300);
    world.tell('strict', 200, 95);
    world.tell('strict', 500, 6);
    await world.settled();
    assert.deepEqual([world.stageOf('a'), world.stageOf('strict')], ['engine', 'engine']);
    world.tell('strict', 500, 30);
    await world.settled();
    assert.equal(world.stageOf('strict'), 'legacy', 'far more than the legacy');
  });

  it('takes no outage of the legacy for its usual rate', async () => {
    world.tell('a', 'legacy_connect_failed', 1000, 'legacy');
    world.tell('a', 200, 30, 'legacy');
    await flip('a', 'engine');
    world.tell('a', 500, 20);
    await world.settled();
    assert.equal(world.stageOf('a'), 'legacy');
  });

  it('leaves an engine that ended to its supervisor, for ten seconds', async () => {
    await flip('a', 'engine');
    const findNobody = (times: number) => {
      world.tell('a', 'engine_connect_failed', times);
      for (let at = 0; at < times; at += 1) world.guard.keptOut(world.decision('a'));
    };
    world.absence.follow({ state: 'waiting' });
    findNobody(100);
    world.clock.now += 9000;
    world.absence.follow({ state: 'starting' });
    findNobody(100);
    world.absence.follow({ state: 'ready' });
    world.tell('a', 200, 20);
    await world.settled();
    assert.equal(world.stageOf('a'), 'engine');
    world.absence.follow({ state: 'waiting' });
    world.clock.now += 10_000;
    findNobody(20);
    await world.settled();
    assert.equal(world.stageOf('a'), 'legacy');
  });

  it('lets rows be that say so, retired ones, and all of them when the engine is switched off', async () => {
    await flip('free', 'engine');
    await flip('a', 'retired');
    world.tell('free', 500, 100);
    world.tell('a', 500, 100);
    await world.settled();
    assert.deepEqual([world.stageOf('free'), world.stageOf('a')], ['engine', 'retired']);
    const { directory } = world;
    await world.end();
    world = await guardWorld({ directory, engineThere: false });
    await flip('strict', 'engine');
    world.tell('strict', 'engine_connect_failed', 100);
    for (let at = 0; at < 100; at += 1) world.guard.keptOut(world.decision('strict'));
    await world.settled();
    assert.equal(world.stageOf('strict'), 'engine');
  });

  it('takes along the rows that require the one that goes back, in one version', async () => {
    await flip('a', 'engine');
    await flip('b', 'engine');
    const { version } = world.table.current();
    world.tell('b', 200, 100);
    world.tell('a', 500, 20);
    await world.settled();
    assert.deepEqual([world.stageOf('a'), world.stageOf('b')], ['legacy', 'legacy']);
    assert.equal(world.table.current().version, version + 1);
    assert.deepEqual(world.alerts[0]?.details.rows, ['a', 'b']);
    assert.deepEqual(
      world.holds.list().map(({ target }) => target),
      ['a'],
    );
  });

  it('holds and alarms, once, when a row without a legacy requires it', async () => {
    await flip('pair', 'engine');
    await flip('gone', 'retired');
    world.tell('first', 500, 20);
    await world.settled();
    assert.equal(world.stageOf('first'), 'engine');
    assert.equal(world.guard.states().get('first'), 'blocked');
    world.clock.now += 5000;
    world.tell('first', 500, 20);
    await world.settled();
    assert.deepEqual(
      world.alerts.map(({ event, details }) => [event, details.reason]),
      [['guard_blocked', 'gone at stage retired require it and have no way back']],
    );
    assert.deepEqual(world.trips, ['first errors']);
    assert.deepEqual(world.holds.list(), []);
    world.clock.now += 61_000;
    world.tell('first', 200, 1);
    assert.equal(world.guard.states().get('first'), 'watching', 'it works again');
  });

  it('remembers for the gate that it moved a row back, over hold-down and restart, until somebody moves it forward', async () => {
    await flip('a', 'engine');
    world.tell('a', 500, 20);
    await world.settled();
    const { movedAt } = world.guard.lastMoveBack({ id: 'a', group: undefined }) ?? assert.fail('nothing');
    const { directory } = world;
    await world.end();
    world = await guardWorld({ directory, now: movedAt + 11 * 60_000 });
    assert.deepEqual(world.holds.list(), [], 'the hold-down is over');
    assert.equal(world.guard.lastMoveBack({ id: 'a', group: undefined })?.movedAt, movedAt);
    await flip('a', 'shadow');
    assert.equal(world.guard.lastMoveBack({ id: 'a', group: undefined })?.movedAt, movedAt);
    await flip('a', 'verify');
    assert.equal(world.guard.lastMoveBack({ id: 'a', group: undefined }), undefined);
    assert.deepEqual(world.db.guard.listHolds(), []);
    assert.deepEqual(
      world.log.entries.filter(({ message }) => message === 'guard hold-down ended'),
      [],
    );
  });

  it('moves a row back with little traffic, once all of it has failed for longer than the window', async () => {
    const fail = async (row: string, what: 500 | 'engine_head_timeout', times: number): Promise<void> => {
      for (let at = 0; at < times; at += 1) {
        world.tell(row, what);
        world.clock.now += 20_000;
      }
      await world.settled();
    };
    await flip('a', 'engine');
    await flip('strict', 'engine');
    await fail('a', 500, 3);
    world.tell('a', 200);
    await fail('a', 500, 3);
    assert.equal(world.stageOf('a'), 'engine', 'one of them was answered');
    await fail('a', 500, 2);
    assert.equal(world.stageOf('a'), 'legacy');
    assert.equal(world.alerts[0]?.details.evidence, 'the last 5 requests to the engine all failed, for more than 60 s');
    // What an engine that ended breaks is all within moments.
    world.tell('strict', 'engine_closed_early', 12);
    await world.settled();
    assert.equal(world.stageOf('strict'), 'engine');
    world.tell('strict', 200);
    await fail('strict', 'engine_head_timeout', 5);
    assert.deepEqual(world.trips, ['a errors', 'strict timeouts']);
  });

  it('leaves a row with little traffic whose legacy fails as much', async () => {
    world.tell('a', 500, 60, 'legacy');
    world.tell('a', 200, 40, 'legacy');
    await flip('a', 'engine');
    for (let at = 0; at < 8; at += 1) {
      world.tell('a', 500);
      world.clock.now += 20_000;
    }
    await world.settled();
    assert.equal(world.stageOf('a'), 'engine');
  });

  it('is measured by the legacy of late, however often the facade is restarted', async () => {
    const rateOf = () => {
      const { errors, requests } =
        world.guard.view().rows.find(({ row }) => row === 'a')?.legacy ?? assert.fail('no row');
      return errors / requests;
    };
    world.tell('a', 500, 40_000, 'legacy');
    for (let day = 0; day < 3; day += 1) {
      const { directory, clock } = world;
      await world.end();
      world = await guardWorld({ directory, now: clock.now + 23 * 3_600_000 });
      world.tell('a', 200, 40_000, 'legacy');
    }
    await flip('a', 'engine');
    assert.ok(rateOf() < 0.01, String(rateOf()));
  });

  it('alarms no longer than the window that passed a limit, also where no request comes any more', async () => {
    await flip('a', 'engine');
    world.legacy.answers = false;
    world.tell('a', 500, 20);
    await world.settled();
    assert.equal(world.guard.states().get('a'), 'blocked');
    world.clock.now += 61_000;
    assert.equal(world.guard.states().get('a'), 'watching');
    assert.equal(world.guard.view().rows.find(({ row }) => row === 'a')?.blocked, null);
    world.tell('a', 500, 20);
    await world.settled();
    assert.equal(world.alerts.length, 2, 'a limit is passed anew');
  });

  it('does not move a row to a legacy that does not answer', async () => {
    await flip('a', 'engine');
    world.legacy.answers = false;
    world.tell('a', 500, 20);
    await world.settled();
    assert.equal(world.stageOf('a'), 'engine');
    assert.match(String(world.alerts[0]?.details.reason), /^the legacy does not answer/);
    world.legacy.answers = true;
    world.clock.now += 2001;
    world.tell('a', 500, 1);
    await world.settled();
    assert.equal(world.stageOf('a'), 'legacy');
    assert.deepEqual(world.trips, ['a errors'], 'one trip, however long it took');
    assert.deepEqual(
      world.alerts.map(({ event }) => event),
      ['guard_blocked', 'guard_moved_back'],
    );
  });

  it('holds and alarms while the table file is broken, and acts as soon as it is mended', async () => {
    await flip('a', 'engine');
    const good = world.table.versions(1)[0]?.digest;
    const text = readFileSync(world.file, 'utf8');
    writeFileSync(world.file, `${text}\nnonsense: [`);
    world.tell('a', 500, 20);
    await world.settled();
    assert.equal(world.stageOf('a'), 'engine');
    assert.match(String(world.alerts[0]?.details.reason), /table_rejected/);
    assert.deepEqual(world.holds.list(), [], 'nothing was moved, so nothing is held');
    writeFileSync(world.file, text);
    world.clock.now += 2001;
    world.tell('a', 500, 1);
    await world.settled();
    assert.equal(world.stageOf('a'), 'legacy');
    assert.notEqual(world.table.current().digest, good);
  });

  it('moves a row back without keeping the hold-down, holds it all the same, and keeps it later', async () => {
    let fails = true;
    const { directory } = world;
    await world.end();
    world = await guardWorld({ directory, holdsFail: () => fails });
    await flip('a', 'engine');
    world.tell('a', 500, 20);
    await world.settled();
    assert.equal(world.stageOf('a'), 'legacy');
    const [alert] = world.alerts;
    assert.equal(alert?.details.unkept, 'database is locked');
    assert.match(alert.text, /A restart now would forget the hold-down/);
    await assert.rejects(flip('a', 'engine'), code('held_down'));
    assert.deepEqual(world.db.guard.listHolds(), []);
    fails = false;
    world.guard.close();
    assert.deepEqual(
      world.db.guard.listHolds().map(({ target }) => target),
      ['a'],
    );
  });

  it('forgets a hold-down that was taken back, also when facade.db would not hear of it', async () => {
    let fails = false;
    const { directory } = world;
    await world.end();
    world = await guardWorld({ directory, holdsFail: () => fails });
    await flip('a', 'engine');
    const text = readFileSync(world.file, 'utf8');
    writeFileSync(world.file, `${text}\nnonsense: [`);
    world.tell('a', 500, 20);
    await world.settled();
    writeFileSync(world.file, text);
    fails = true;
    assert.equal(world.holds.withdraw('a') instanceof Error, true);
    assert.deepEqual(world.holds.list(), []);
    fails = false;
    assert.equal(world.holds.keepPending(), undefined);
    assert.deepEqual(world.db.guard.listHolds(), []);
  });

  it('holds and alarms when the table can not be written', async () => {
    await flip('a', 'engine');
    // A directory where the new file is to lie before it takes its place; it stops root too.
    const inTheWay = join(world.directory, `.migration-table.yaml.new-${process.pid}`);
    mkdirSync(join(inTheWay, 'full'), { recursive: true });
    world.tell('a', 500, 20);
    await world.settled();
    rmSync(inTheWay, { recursive: true });
    assert.equal(world.stageOf('a'), 'engine');
    assert.match(String(world.alerts[0]?.details.reason), /table_write_failed/);
  });
});

describe('what the guard moved back', () => {
  let world: GuardWorld;
  beforeEach(async () => {
    world = await guardWorld({ text: TABLE });
    world.tell('a', 200, 200, 'legacy');
    world.tell('a', 500, 20, 'legacy');
    await world.table.flip({ target: 'a', stage: 'engine', ...BY });
    world.tell('a', 500, 40);
    await world.settled();
    assert.equal(world.stageOf('a'), 'legacy');
  });
  afterEach(() => world.close());

  const forward = { target: 'a', stage: 'engine', ...BY } as const;

  it('moves forward by no flip until its time is over, and then by any', async () => {
    await assert.rejects(
      world.table.flip(forward),
      code('held_down', /holds it there until 1970-01-01T00:26:40\.000Z/),
    );
    assert.equal(world.guard.states().get('a'), 'held');
    world.clock.now += 599_999;
    await assert.rejects(world.table.flip(forward), code('held_down'));
    world.clock.now += 1;
    await world.table.flip(forward);
    assert.equal(world.stageOf('a'), 'engine');
    assert.equal(world.guard.states().get('a'), 'watching');
  });

  it('may go to shadow, where the engine answers nobody, and no further', async () => {
    await world.table.flip({ ...forward, stage: 'shadow' });
    await assert.rejects(world.table.flip({ ...forward, stage: 'canary', percent: 1 }), code('held_down'));
  });

  it('moves forward by no rollback and no edit either', async () => {
    const { version } = world.table.current();
    await assert.rejects(world.table.rollback(BY), code('held_down'));
    const text = readFileSync(world.file, 'utf8');
    writeFileSync(
      world.file,
      text.replace('id: a, match: GET /a, stage: legacy', 'id: a, match: GET /a, stage: engine'),
    );
    await world.log.told('table rejected');
    assert.match(world.table.rejected()?.problems[0]?.message ?? '', /The guard moved a back from engine to legacy/);
    assert.equal(world.table.current().version, version);
    writeFileSync(world.file, text);
    await world.table.rollback({ ...BY, force: true });
    assert.equal(world.stageOf('a'), 'engine');
  });

  it('moves forward by force, which ends the hold', async () => {
    await world.table.flip({ ...forward, force: true });
    assert.deepEqual(world.holds.list(), []);
    await world.table.flip({ ...forward, stage: 'legacy' });
    await world.table.flip(forward);
  });

  it('holds no other row', async () => {
    await world.table.flip({ ...forward, target: 'strict' });
  });

  it('is held over a restart, and what is known of the legacy is kept', async () => {
    const { directory, clock } = world;
    await world.end();
    world = await guardWorld({ directory, now: clock.now + 1000 });
    await assert.rejects(world.table.flip(forward), code('held_down'));
    assert.deepEqual(world.holds.end('a')?.target, 'a');
    await world.table.flip(forward);
    assert.deepEqual(world.guard.view().rows[0]?.legacy, { requests: 220, errors: 20, timeouts: 0 });
  });

  it('is released by who takes it on', async () => {
    assert.equal(world.holds.end('b'), undefined);
    world.holds.end('a');
    await world.table.flip(forward);
  });
});
