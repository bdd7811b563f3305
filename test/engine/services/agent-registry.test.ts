/** The registry finds agents by hostname as a look at all of them would, in order of registration. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AgentRegistry } from '../../../src/engine/services/agent-registry.js';
import { PresenceService } from '../../../src/engine/services/presence-service.js';
import type { AgentMemory, RequestContext } from '../../../src/engine/services/request-context.js';

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const hostname = fc.constantFrom('X', 'Y', 'Z');
const mode = fc.constantFrom('system', 'currentuser');
const step = fc.oneof(
  fc.record({
    learn: id,
    hostname: fc.option(hostname, { nil: undefined }),
    mode: fc.option(mode, { nil: undefined }),
  }),
  fc.record({ forget: id }),
);

interface Step {
  readonly learn?: string;
  readonly hostname?: string | undefined;
  readonly mode?: string | undefined;
  readonly forget?: string;
}

function take(memory: AgentMemory, { learn, hostname, mode, forget }: Step): void {
  if (forget !== undefined) memory.forget(forget);
  if (learn !== undefined)
    memory.learn(learn, {
      ...(hostname === undefined ? {} : { hostname }),
      ...(mode === undefined ? {} : { serviceMode: mode }),
    });
}

function idsOf(entries: Iterable<{ readonly agentId: string }>): readonly string[] {
  return [...entries].map(({ agentId }) => agentId);
}

function assertFinds(memory: AgentMemory): void {
  for (const name of ['X', 'Y', 'Z', 'none']) {
    const all = [...memory.list()].filter((entry) => entry.hostname === name);
    assert.deepEqual(idsOf(memory.ofHostname(name)), idsOf(all));
    for (const mode of ['system', 'currentuser'] as const)
      assert.deepEqual(
        idsOf(memory.ofHostAndMode(name, mode)),
        idsOf(all.filter(({ serviceMode = 'currentuser' }) => serviceMode === mode)),
      );
  }
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

  it('finds those of a host as fast with many of them as with few', async () => {
    const beats = async (others: number): Promise<() => Promise<void>> => {
      const agents = new AgentRegistry();
      for (let at = 0; at < others; at += 1) agents.learn(`a${at}`, { hostname: 'HOST', serviceMode: 'system' });
      const context = {
        agents,
        configurations: { find: () => undefined },
        clock: { now: () => 0 },
        presence: { note: async () => {} },
      };
      const beat = { agentId: 'one-script', hostname: 'HOST', operatingSystem: undefined, lastSeen: undefined };
      return async () => {
        for (const serviceMode of ['currentuser', 'system'])
          for (let time = 0; time < 50; time += 1)
            await new PresenceService().heartbeat({ ...beat, serviceMode }, context as unknown as RequestContext);
      };
    };
    const [few, many] = [await beats(10), await beats(20_000)];
    // Once each, so that both are compiled.
    for (const work of [few, many]) await work();
    const [short, long] = [await quickestOf(few), await quickestOf(many)];
    assert.ok(long < 20 * short + 100, `${long} ms beside ${short} ms`);
  });
});

/** Milliseconds of the processor. */
async function quickestOf(work: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let time = 0; time < 3; time += 1) {
    const before = process.cpuUsage();
    await work();
    times.push(process.cpuUsage(before).user / 1000);
  }
  return Math.min(...times);
}
