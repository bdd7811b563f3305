import assert from 'node:assert/strict';
import type { RowChange } from '../../../../src/legacy-bridge/effects/effects.js';
import { AT, compare, inserted, updated, write } from '../../../kit/comparison-input.js';

const MINUTE = AT - (AT % 60_000);
const RUN = inserted('scheduled_job_runs', { id: 4, job_id: 1, status: 'Running' }, 4);
const ACTIVITY = inserted('activity_history', { id: 9, hostname: 'A', status: 'Running' }, 9);
const CODE = { id: 'c', use_count: 0, expires_at: new Date(AT - 1000).toISOString(), max_uses: 1 };
const deleted = (table: string, before: NonNullable<RowChange['before']>): RowChange => ({
  ...{ table, rowId: 1, change: 'delete', before, after: undefined },
});

describe('rows that a background task writes while a write is watched', () => {
  const verdict = (row: RowChange, at = AT) => {
    const { verdict, reason } = compare(write({ legacy: { rows: [row] }, request: { at } }));
    return reason ?? verdict;
  };

  it('say nothing about the engine: runs and activities at the turn of a minute', () => {
    for (const row of [RUN, ACTIVITY]) {
      assert.equal(verdict(row, MINUTE + 800), 'disturbed');
      assert.equal(verdict(row, MINUTE + 59_995), 'disturbed', 'the legacy was still at work when the minute turned');
    }
  });

  it('count at any other time: an engine that forgets them is found', () => {
    for (const row of [RUN, ACTIVITY]) assert.equal(verdict(row, MINUTE + 30_000), 'mismatch');
    assert.equal(verdict(inserted('scheduled_jobs', { id: 1 }), MINUTE + 800), 'mismatch');
    assert.equal(verdict(deleted('activity_history', { id: 1 }), MINUTE + 800), 'mismatch');
  });

  it('say nothing about the engine: codes and approvals that are pruned', () => {
    assert.equal(verdict(deleted('enrollment_install_codes', CODE)), 'disturbed');
    assert.equal(
      verdict(updated('device_approvals', { id: 'a', status: 'pending' }, { status: 'expired' })),
      'disturbed',
    );
    const kept = updated('enrollment_install_codes_persistent', { id: 'c', is_active: 1 }, { is_active: 0 });
    assert.equal(verdict(kept), 'disturbed');
  });

  it('count when the prune job does not do so', () => {
    const later = new Date(AT + 60_000).toISOString();
    assert.equal(verdict(deleted('enrollment_install_codes', { ...CODE, expires_at: later })), 'mismatch');
    assert.equal(verdict(deleted('enrollment_install_codes', { ...CODE, use_count: 1 })), 'mismatch');
    assert.equal(
      verdict(updated('device_approvals', { id: 'a', status: 'pending' }, { status: 'denied' })),
      'mismatch',
    );
  });

  it('count when the engine wrote them too', () => {
    const input = write({ legacy: { rows: [RUN] }, engine: { rows: [RUN] }, request: { at: MINUTE + 800 } });
    assert.equal(compare(input).verdict, 'match');
  });
});

describe('playbooks that a compared request begins on the server', () => {
  const recap = (status: string) => inserted('ansible_play_recaps', { id: 3, run_id: 'r', hostname: 'A', status }, 3);
  const play = { method: 'PLAY', url: 'ssh://A/site.yml' };
  const verdict = (legacy: RowChange, engine: RowChange, calls = [play]) => {
    const { verdict, reason } = compare(write({ legacy: { rows: [legacy] }, engine: { rows: [engine], calls } }));
    return reason ?? verdict;
  };

  it('say nothing about the engine once the legacy’s has ended', () => {
    for (const status of ['Failed', 'Success']) assert.equal(verdict(recap(status), recap('Running')), 'disturbed');
    assert.equal(verdict(recap('Running'), recap('Running')), 'match');
  });

  it('count as everything else does', () => {
    assert.equal(verdict(recap('Failed'), recap('Running'), []), 'mismatch', 'the engine would have begun none');
    assert.equal(verdict(recap('Failed'), recap('Queued')), 'mismatch');
    assert.equal(verdict(recap('running'), recap('Running')), 'mismatch');
  });
});
