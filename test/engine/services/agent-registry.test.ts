/** The registry finds agents by hostname as a look at all of them would, in order of registration. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AgentRegistry } from '../../../src/engine/services/agent-registry.js';
import type { AgentMemory } from '../../../src/engine/services/request-context.js';

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const hostname = fc.constantFrom('X', 'Y', 'Z');
const step = fc.oneof(
  fc.record({ learn: id, hostname: fc.option(hostname, { nil: undefined }) }),
  fc.record({ forget: id }),
);

function take(memory: AgentMemory, what: { learn?: string; hostname?: string | undefined; forget?: string }): void {
  if (what.forget !== undefined) memory.forget(what.forget);
  if (what.learn !== undefined)
    memory.learn(what.learn, what.hostname === undefined ? {} : { hostname: what.hostname });
}

function assertFinds(memory: AgentMemory): void {
  for (const name of ['X', 'Y', 'Z', 'none'])
    assert.deepEqual(
      memory.ofHostname(name).map(({ agentId }) => agentId),
      [...memory.list()].filter((entry) => entry.hostname === name).map(({ agentId }) => agentId),
    );
}

describe('registry of agents', () => {
  it('finds by hostname what it lists, also when it is full, and through the view of a dry run', () => {
    fc.assert(
      fc.property(fc.array(step), fc.array(step), (steps, dry) => {
        const registry = new AgentRegistry({ most: 4 });
        for (const one of steps) take(registry, one);
        assertFinds(registry);
        const before = [...registry.list()];
        const view = registry.dryView();
        for (const one of dry) take(view, one);
        assertFinds(view);
        assert.deepEqual([...registry.list()], before);
        assert.ok(before.length <= 4);
      }),
    );
  });

  it('lets go of those that were not heard for longest when there are too many', () => {
    const registry = new AgentRegistry({ most: 3 });
    for (const agentId of ['a', 'b', 'c', 'a', 'd']) registry.learn(agentId, {});
    assert.deepEqual(
      [...registry.list()].map(({ agentId }) => agentId),
      ['a', 'c', 'd'],
    );
  });

  it('lets go of those that told no hostname for a day, and of no others', () => {
    let now = 0;
    const registry = new AgentRegistry({ monotonic: () => now });
    registry.learn('nameless', {});
    registry.learn('unknown', { hostname: 'unknown' });
    now += 1000;
    registry.learn('device', { hostname: 'PC' });
    registry.learn('later', {});
    now = 24 * 60 * 60 * 1000 + 500;
    registry.learn('heard', {});
    assert.deepEqual(
      [...registry.list()].map(({ agentId }) => agentId),
      ['device', 'later', 'heard'],
    );
  });
});
