/** Views of the engine's memories: they answer as the memory would, and tell it nothing. */
import assert from 'node:assert/strict';
import { AgentConfigurations } from '../../../src/engine/services/agent-configurations.js';
import { AgentRegistry } from '../../../src/engine/services/agent-registry.js';
import { AttemptLimits } from '../../../src/engine/services/attempt-limits.js';
import { dryRunLog } from '../../../src/engine/services/dry-run/dry-run-log.js';
import { DryRuns } from '../../../src/engine/services/dry-run/dry-runs.js';
import { EventRecorder } from '../../../src/engine/services/dry-run/event-recorder.js';
import { dryViews, type LiveMemories } from '../../../src/engine/services/dry-run/live-memories.js';
import { LatestScreenshots } from '../../../src/engine/services/latest-screenshots.js';
import { ProofMemory } from '../../../src/engine/services/proof-memory.js';
import type { RequestContext } from '../../../src/engine/services/request-context.js';
import { signInMemories } from '../../../src/engine/services/sign-in-memories.js';
import { SlidingWindow } from '../../../src/engine/services/sliding-window.js';
import { silentLog } from '../../kit/silent-engine-log.js';

const monotonic = () => 1000;
const memories = (): LiveMemories => ({
  proofs: new ProofMemory(),
  deviceProofs: new SlidingWindow({ most: 1, monotonic }),
  deviceCalls: new SlidingWindow({ most: 1, monotonic }),
  enrollmentCalls: {
    byAddress: new SlidingWindow({ most: 1, monotonic }),
    byKey: new SlidingWindow({ most: 1, monotonic }),
  },
  enrollmentProofs: new ProofMemory(),
  ...signInMemories(monotonic),
  agents: new AgentRegistry(),
  configurations: new AgentConfigurations(monotonic),
  screenshots: new LatestScreenshots(monotonic),
});

describe('engine: what a dry run sees of memories', () => {
  it('every memory is seen through a view of its own', () => {
    const live = memories();
    const leaves = (value: unknown): unknown[] =>
      Object.getPrototypeOf(value) === Object.prototype && !('take' in (value as object))
        ? Object.values(value as object).flatMap(leaves)
        : [value];
    const own = new Set(leaves(live));
    assert.equal(own.size, 12);
    const [one, other] = [dryViews(live), dryViews(live)];
    assert.deepEqual(Object.keys(one).sort(), Object.keys(live).sort());
    for (const view of [
      one.proofs,
      one.deviceProofs,
      one.deviceCalls,
      one.usedFactors,
      one.agents,
      one.enrollmentProofs,
    ])
      assert.ok(!own.has(view) && !Object.values(other).includes(view as never));
    for (const group of ['enrollmentCalls', 'attempts'] as const)
      for (const view of Object.values(one[group])) assert.ok(!own.has(view));
  });

  it('a context of a dry run shares nothing with a live one but clock and chance', async () => {
    const live = memories();
    const shared = { clock: { now: () => 5 }, random: { bytes: Buffer.alloc, uuid: () => 'u' }, log: silentLog };
    const unit = { read: fail, write: fail, givenUp: new Promise<never>(() => {}), lockMs: 0, end, abandon: () => {} };
    const runs = new DryRuns({ database: { begin: () => unit }, memories: live, ...shared });
    let seen: RequestContext | undefined;
    await runs.run(undefined, new AbortController().signal, async (context) => {
      seen = context;
    });
    const values = new Set<unknown>([...Object.values(live), ...Object.values(shared)]);
    const same = Object.entries(seen ?? {}).filter(([, value]) => values.has(value));
    assert.deepEqual(same.map(([name]) => name).sort(), ['clock', 'random']);
  });

  it('proofs', () => {
    const live = new ProofMemory(3, 100);
    live.consume('known', 0);
    const view = live.dryView();
    assert.deepEqual(
      [view.consume('known', 50), view.consume('new', 50), view.consume('new', 50)],
      ['seen', 'fresh', 'seen'],
    );
    view.release('new');
    assert.equal(view.consume('new', 50), 'fresh');
    view.release('known');
    assert.equal(live.consume('known', 50), 'seen', 'a view gives back only what it took');
    assert.equal(view.consume('other', 50), 'fresh');
    assert.equal(view.consume('one too many', 50), 'full');
    assert.equal(view.consume('known', 100), 'fresh', 'forgotten by then');
    assert.deepEqual([live.consume('new', 50), live.consume('other', 50)], ['fresh', 'fresh']);
  });

  it('limits', () => {
    let now = 0;
    const live = new SlidingWindow({ most: 2, windowMs: 100, monotonic: () => now });
    live.take('a');
    const view = live.dryView();
    now = 10;
    assert.deepEqual([view.take('a'), view.take('a'), view.take('b')], [0, 90, 0]);
    view.giveBack('a');
    assert.equal(view.take('a'), 0);
    assert.deepEqual([live.take('a'), live.take('a')], [0, 90]);
    now = 105;
    assert.equal(live.dryView().take('a'), 0);
  });

  it('attempts', () => {
    const live = new AttemptLimits({
      mostOfBoth: 1,
      mostOfAccount: 5,
      mostOfAddress: 5,
      windowMs: 100,
      monotonic: () => 0,
    });
    const view = live.dryView();
    assert.deepEqual([view.take('ann', '10.0.0.1'), view.take('ann', '10.0.0.1') > 0], [0, true]);
    view.giveBack('ann', '10.0.0.1');
    assert.equal(view.take('ann', '10.0.0.1'), 0);
    assert.deepEqual([live.take('ann', '10.0.0.1'), live.take('ann', '10.0.0.1') > 0], [0, true]);
  });

  it('agents', () => {
    const live = new AgentRegistry();
    for (const id of ['one', 'two']) live.learn(id, { hostname: id });
    const view = live.dryView();
    view.learn('two', { hash: 'h' });
    view.learn('three', { hash: 'h' });
    assert.deepEqual([view.forget('one'), view.forget('one'), view.forget('nobody')], [true, false, false]);
    assert.deepEqual(
      [...view.list()],
      [
        { agentId: 'two', hostname: 'two', hash: 'h' },
        { agentId: 'three', hash: 'h' },
      ],
    );
    assert.equal(view.find('one'), undefined);
    live.learn('four', {});
    assert.deepEqual(
      [...view.list()].map(({ agentId }) => agentId),
      ['two', 'four', 'three'],
    );
    assert.deepEqual(
      [...live.list()].map(({ agentId, hash }) => [agentId, hash]),
      [
        ['one', undefined],
        ['two', undefined],
        ['four', undefined],
      ],
    );
  });

  it('events are kept as they were when they were emitted', () => {
    const recorder = new EventRecorder();
    const payload = { id: 1n, list: ['x'] };
    recorder.emit('changed', payload, 'room');
    payload.list.push('y');
    recorder.emit('all', new Map([['a', null]]));
    assert.deepEqual(recorder.events, [
      { event: 'changed', room: 'room', payload: { id: 1, list: ['x'] } },
      { event: 'all', room: null, payload: { a: null } },
    ]);
  });

  it('no line is a warning, and each is marked', () => {
    const lines: string[] = [];
    const keep = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
    const log = dryRunLog({ debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') });
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level]('x');
    assert.deepEqual(lines, ['debug dry-run x', 'info dry-run x', 'info dry-run x', 'info dry-run x']);
  });
});

function fail(): Promise<never> {
  return Promise.reject(new TypeError('no database here'));
}

function end() {
  return { rows: [], unseen: [] };
}
