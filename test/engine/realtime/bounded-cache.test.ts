/** What is kept in memory is bounded in number, bytes and age. */
import assert from 'node:assert/strict';
import { AgentConfigurations } from '../../../src/engine/services/agent-configurations.js';
import { BoundedCache } from '../../../src/engine/services/bounded-cache.js';
import { LatestScreenshots } from '../../../src/engine/services/latest-screenshots.js';

describe('bounded memories', () => {
  let now = 0;
  const monotonic = () => now;
  beforeEach(() => {
    now = 0;
  });

  it('let go of what was written longest ago, for number and for bytes', () => {
    const cache = new BoundedCache<number>({ most: 3, mostBytes: 100, monotonic });
    for (const [at, key] of ['a', 'b', 'c'].entries()) cache.set(key, at, 10);
    cache.set('a', 5, 10);
    assert.deepEqual(cache.set('d', 6, 10), ['b']);
    assert.deepEqual(cache.set('e', 7, 85), ['c', 'a']);
    assert.deepEqual([cache.get('e'), cache.get('d'), cache.size, cache.bytes], [7, 6, 2, 95]);
    assert.deepEqual(cache.set('f', 8, 1000), ['d', 'e', 'f']);
    assert.deepEqual([cache.size, cache.bytes], [0, 0]);
  });

  it('let go of what is old, read or not', () => {
    const cache = new BoundedCache<number>({ most: 9, mostBytes: 100, keepMs: 50, monotonic });
    cache.set('a', 1, 10);
    now = 50;
    assert.equal(cache.get('a'), undefined);
    cache.set('b', 2, 10);
    assert.deepEqual([cache.size, cache.bytes], [1, 10]);
  });

  it('keep the latest screenshot of an agent and of its nodes apart, for ten minutes', () => {
    const shots = new LatestScreenshots(monotonic);
    shots.keep('one', 'A');
    shots.keep('two', 'A', 'n');
    shots.keep('three', 'A', 'n');
    assert.deepEqual([shots.find('A'), shots.find('A', 'n'), shots.find('A', 'm')], ['one', 'three', undefined]);
    now = 600_000;
    assert.equal(shots.find('A'), undefined);
    for (let at = 0; at < 100; at += 1) shots.keep(Buffer.alloc(1_000_000), `agent ${at}`);
    assert.equal(shots.size, 64);
  });

  it('keep configurations within 64 MB, whatever is in them', () => {
    const configurations = new AgentConfigurations(monotonic);
    const roles = [new Map([['role', 'x'.repeat(1_000_000)]])];
    for (let at = 0; at < 100; at += 1) configurations.keep(`agent ${at}`, roles);
    const kept = Array.from({ length: 100 }, (_, at) => configurations.find(`agent ${at}`)).filter(Boolean);
    assert.ok(kept.length > 20 && kept.length < 40, String(kept.length));
    assert.equal(configurations.find('agent 99'), roles);
  });
});
