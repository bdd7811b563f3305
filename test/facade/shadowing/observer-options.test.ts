import assert from 'node:assert/strict';
import { loadSettings } from '../../../src/facade/settings/load-settings.js';
import { observerOptions } from '../../../src/facade/shadowing/observer-options.js';
import { DEFAULT_SEARCH_LIMITS } from '../../../src/legacy-bridge/effects/search-limits.js';

describe('observerOptions', () => {
  const of = (...args: string[]) => {
    const env = { FACADE_LEGACY_URL: 'http://127.0.0.1:5001' };
    return observerOptions('database.db', loadSettings({ env, args }).shadow);
  };

  it('says without any settings what the observer does by itself', () => {
    const { mostSearchedRows, mostSearchedBytes, mostToldBytes, searchShare } = DEFAULT_SEARCH_LIMITS;
    assert.deepEqual(of(), {
      file: 'database.db',
      mostOpen: 32,
      maxAgeMs: 30_000,
      answerMs: 2000,
      limits: { mostSearchedRows, mostSearchedBytes, mostToldBytes, searchShare },
    });
  });

  it('lets as many writes be watched as dry runs are allowed, four times over', () => {
    assert.equal(of('--shadow-dry-runs', '20').mostOpen, 80);
  });

  it('takes each limit from its setting', () => {
    const rows = ['--shadow-observer-searched-rows', '1', '--shadow-observer-searched-bytes', '2'];
    const cost = ['--shadow-observer-core-percent', '50', '--shadow-observer-max-effects-bytes', '3'];
    const times = ['--shadow-observer-max-age-ms', '4', '--shadow-observer-silence-ms', '5'];
    const { limits, maxAgeMs, answerMs } = of(...rows, ...cost, ...times);
    assert.deepEqual([maxAgeMs, answerMs], [4, 5]);
    assert.deepEqual(limits, { mostSearchedRows: 1, mostSearchedBytes: 2, searchShare: 0.5, mostToldBytes: 3 });
  });
});
