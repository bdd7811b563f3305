/** The memory of used proofs: for as long as one could be sent again, and no larger than it may be. */
import assert from 'node:assert/strict';
import { ProofMemory, REPLAY_WINDOW_MS } from '../../../src/engine/services/proof-memory.js';

describe('proof memory', () => {
  it('knows a proof until its window has passed', () => {
    const memory = new ProofMemory();
    assert.equal(memory.consume('a', 0), 'fresh');
    assert.equal(memory.consume('a', REPLAY_WINDOW_MS - 1), 'seen');
    assert.equal(memory.consume('a', REPLAY_WINDOW_MS), 'fresh');
  });

  it('tells when it is full rather than forget, and has room again later', () => {
    const memory = new ProofMemory(2);
    memory.consume('a', 0);
    memory.consume('b', 1);
    assert.equal(memory.consume('c', 2), 'full');
    assert.equal(memory.consume('a', 3), 'seen');
    assert.equal(memory.consume('c', REPLAY_WINDOW_MS), 'fresh');
  });

  it('takes a proof back', () => {
    const memory = new ProofMemory(1);
    memory.consume('a', 0);
    memory.release('a');
    memory.release('never seen');
    assert.equal(memory.consume('b', 1), 'fresh');
    assert.equal(memory.consume('a', 2), 'full');
  });
});
