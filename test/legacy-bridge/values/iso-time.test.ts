/** ISO texts as the legacy writes them. */
import assert from 'node:assert/strict';
import { isoUtc } from '../../../src/legacy-bridge/values/iso-time.js';

describe('ISO times', () => {
  it('writes six digits, or none when there are none', () => {
    assert.equal(isoUtc(1_700_000_000_123), '2023-11-14T22:13:20.123000+00:00');
    assert.equal(isoUtc(1_700_000_000_000), '2023-11-14T22:13:20+00:00');
    assert.equal(isoUtc(1_700_000_000_000, 'Z'), '2023-11-14T22:13:20Z');
  });
});
