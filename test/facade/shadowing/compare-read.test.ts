import assert from 'node:assert/strict';
import { compareRead } from '../../../src/facade/shadowing/compare-read.js';
import type { Companion } from '../../../src/facade/shadowing/shadow-parts.js';
import { answerBy, leaveBy, type PartsOptions, type PartsWorld, startParts, until } from '../../kit/shadow-parts.js';

const NEVER = (): void => undefined;

describe('compareRead', () => {
  let world: PartsWorld;
  afterEach(() => world.close());

  const read = async (options: PartsOptions = {}, to: 'engine' | 'legacy' = 'engine', again = false) => {
    world = await startParts(options);
    const subject = await world.subject('GET', '/row');
    const copy = { to, kind: 'read', percent: 100, wayBack: to === 'legacy' } as const;
    return compareRead(world.parts, subject, copy, again);
  };
  const compared = async (companion: Companion): Promise<void> => {
    answerBy(companion);
    await until(() => world.compared.length + world.drops.length > 0);
    await world.parts.comparisons.settled();
    assert.equal(world.parts.budget.used, 0);
  };

  it('compares the answer that the client gets with that of the engine, and holds nothing afterwards', async () => {
    await compared(await read());
    const [{ kind, legacy, engine, engineBuild, disturbed } = assert.fail('nothing was compared')] = world.compared;
    const bodies = [legacy, engine].map((side) => side.outcome === 'answered' && side.answer.body.toString());
    assert.deepEqual(bodies, ['{"from":"legacy"}', '{"from":"engine"}']);
    assert.deepEqual([kind, engineBuild, disturbed], ['read', 'build-1', false]);
  });

  it('takes the copy for the legacy where the engine answers', async () => {
    await compared(await read({}, 'legacy'));
    assert.equal(world.legacy.seen.length, 1);
    assert.equal(world.engine.seen.length, 0);
    assert.equal(world.compared.length, 1);
  });

  it('is disturbed by a write that began meanwhile', async () => {
    const companion = await read();
    world.parts.ledger.begin();
    await compared(companion);
    assert.equal(world.compared[0]?.disturbed, true);
  });

  it('gives its copies up when the client leaves', async () => {
    const companion = await read({ engine: NEVER, legacy: NEVER }, 'engine', true);
    await until(() => world.engine.seen.length === 1 && world.legacy.seen.length === 1);
    leaveBy(companion);
    await until(() => world.drops.length > 0);
    assert.deepEqual([world.drops, world.compared.length], [['client_gone'], 0]);
    assert.equal(world.parts.budget.used, 0);
  });

  it('sends its copies after the answer, or after the head start of a side that is slow', async () => {
    const companion = await read({ settings: { headStartMs: 3_600_000 } }, 'engine', true);
    await world.parts.engine.settled();
    assert.deepEqual(
      [world.engine.seen.length, world.legacy.seen.length, world.parts.queues.engine.waiting],
      [0, 0, 0],
    );
    await compared(companion);
    assert.deepEqual([world.engine.seen.length, world.legacy.seen.length], [1, 1]);
  });

  it('sends nothing for a client that left within the head start', async () => {
    const companion = await read({ settings: { headStartMs: 3_600_000 } });
    leaveBy(companion);
    await until(() => world.drops.length > 0);
    assert.deepEqual([world.drops, world.engine.seen.length], [['client_gone'], 0]);
    assert.equal(world.parts.budget.used, 0);
  });

  it('says nothing of an engine whose answer a stop of the facade did not wait for', async () => {
    const companion = await read({ engine: NEVER });
    answerBy(companion);
    await until(() => world.engine.seen.length === 1);
    world.parts.queues.engine.close();
    await until(() => world.drops.length > 0);
    assert.deepEqual([world.drops, world.compared.length], [['stopping'], 0]);
    assert.equal(world.parts.budget.used, 0);
  });

  it('survives a fault at the end of the head start, and tells of it', async () => {
    const companion = await read({ settings: { headStartMs: 1 } });
    world.parts.engine.now = () => {
      throw new TypeError('planted');
    };
    await until(() => world.drops.length > 0);
    answerBy(companion);
    await new Promise<void>((resolve) => world.parts.afterwards.add(resolve));
    assert.deepEqual([world.drops, world.compared.length], [['compare_failed'], 0]);
    assert.equal(world.parts.budget.used, 0);
  });

  it('is dropped for what kept the engine from answering', async () => {
    await compared(await read({ engine: NEVER, settings: { copyTimeoutMs: 30 } }));
    assert.deepEqual(world.drops, ['engine_timeout']);
  });

  it('is dropped when nobody can tell which build answered', async () => {
    let asked = 0;
    await compared(await read({ engineBuild: () => `build-${asked++}` }));
    assert.deepEqual(world.drops, ['build_unknown']);
  });

  it('learns in what the legacy disagrees with itself, where it is asked again', async () => {
    const bodies: string[] = [];
    const companion = await read({}, 'engine', true);
    world.parts.comparing.learnNoise = (_request, first, second) => {
      bodies.push(first.answer.body.toString(), second.answer.body.toString());
    };
    await compared(companion);
    assert.deepEqual(bodies, ['{"from":"legacy"}', '{"from":"legacy"}']);
  });

  it('learns nothing from two answers between which somebody wrote', async () => {
    let learned = 0;
    const companion = await read({}, 'engine', true);
    world.parts.comparing.learnNoise = () => {
      learned += 1;
    };
    world.parts.ledger.begin();
    await compared(companion);
    assert.deepEqual([world.legacy.seen.length, world.compared[0]?.disturbed, learned], [1, true, 0]);
  });
});
