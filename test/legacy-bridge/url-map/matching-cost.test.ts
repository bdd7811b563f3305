import assert from 'node:assert/strict';
import { measureMatching } from '../../../scripts/bench-matching.js';

describe('matching cost', () => {
  it('does not grow with the number of rules', () => {
    measureMatching(4, 200);
    const { ratio } = measureMatching(31, 500);
    // The figure itself (1.1) is the benchmark's; on a busy machine this tells a trie from a scan, which would be near 100.
    assert.ok(ratio < 2, `1,000 rules cost ${ratio.toFixed(2)} times what 10 cost`);
  });
});
