/** What is taken out of a run before it is compared, and what is not. */
import assert from 'node:assert/strict';
import { alignPlaceholders } from '../kit/align-placeholders.js';
import { withoutRoundClock } from '../kit/round-clocks.js';
import { withoutTurnedSeconds } from '../kit/turned-seconds.js';

const run = (...steps: readonly (readonly [string, unknown])[]) => ({
  steps: steps.map(([step, body]) => ({ step, body })),
});
const bodies = ({ steps }: { steps: readonly { body: unknown }[] }) => steps.map(({ body }) => body);

describe('parity: aligned runs', () => {
  const recorded = run(['meant', '<uuid:1>'], ['next', '<uuid:2>(lower)'], ['last', '<uuid:2>(lower) <uuid:1>']);
  const deviations = [{ scenario: 's', step: 'meant' }];

  it('ids after a step that is meant to differ get the recorded numbers', () => {
    const got = run(['meant', null], ['next', '<uuid:1>(lower)'], ['last', '<uuid:1>(lower) <uuid:2>']);
    assert.deepEqual(bodies(alignPlaceholders(recorded, got, deviations)).slice(1), bodies(recorded).slice(1));
  });

  it('one id for two, or two for one, stays a difference', () => {
    for (const last of ['<uuid:1>(lower) <uuid:1>', '<uuid:3>(lower) <uuid:2>']) {
      const got = run(['meant', null], ['next', '<uuid:1>(lower)'], ['last', last]);
      assert.notDeepEqual(bodies(alignPlaceholders(recorded, got, deviations))[2], bodies(recorded)[2]);
    }
  });

  it('one step may meet a whole second, two may not', () => {
    const times = run(['a', { at: '<iso 6 digits Z>' }], ['b', ['<iso 6 digits Z>']]);
    const once = run(['a', { at: '<iso 0 digits Z>' }], ['b', ['<iso 6 digits Z>']]);
    assert.deepEqual(withoutRoundClock(times, once), times);
    const twice = run(['a', { at: '<iso 0 digits Z>' }], ['b', ['<iso 0 digits Z>']]);
    assert.deepEqual(withoutRoundClock(times, twice), twice);
    const meant = run(['a', { at: '<iso 0 digits Z>' }]);
    assert.deepEqual(withoutRoundClock(meant, meant), meant);
  });

  it('a second may turn where a recording was made within one, and nowhere else', () => {
    const rows = (step: string, ...all: readonly object[]) => ({
      steps: [{ step, rows: all.map((row) => ({ row })) }],
    });
    const step = 'checkin with a hostname';
    const [still, moved] = [rows(step, { agent_id: 'a' }), rows(step, { agent_id: 'a', last_seen: '<clock>' })];
    assert.deepEqual(withoutTurnedSeconds('agents-accounts', still, moved), still);
    assert.deepEqual(withoutTurnedSeconds('agents-accounts', moved, moved), moved);
    const odd = rows(step, { agent_id: 'a', last_seen: 7 });
    assert.deepEqual(withoutTurnedSeconds('agents-accounts', still, odd), odd);
    const other = rows('another step', { agent_id: 'a', last_seen: '<clock>' });
    assert.deepEqual(withoutTurnedSeconds('agents-accounts', rows('another step', { agent_id: 'a' }), other), other);
    assert.deepEqual(withoutTurnedSeconds('agents-hash', still, moved), moved);
  });
});
