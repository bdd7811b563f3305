/** A job is told to whom it is for, where that is switched on: no other client gets its script. */
import assert from 'node:assert/strict';
import { AgentRegistry } from '../../../src/engine/services/agent-registry.js';
import { EventRecorder } from '../../../src/engine/services/dry-run/event-recorder.js';
import { JobAudience } from '../../../src/engine/services/scheduling/job-audience.js';
import { startSchedulerWorld } from '../../kit/scheduler-world.js';

describe('who is told of a job', () => {
  const agents = new AgentRegistry();
  for (const [agentId, hostname] of [
    ['pc-svc', 'PC'],
    ['pc-user', 'PC'],
    ['gone', 'GONE'],
    ['odd', 'OdD'],
  ] as const)
    agents.learn(agentId, { hostname });
  const rooms = new Set(['pc-svc', 'pc-user', 'odd']);
  const told = (hostname: string, toAll = false): readonly (string | null)[] => {
    const events = new EventRecorder();
    const audience = new JobAudience({ toAll, isInRoom: (room) => rooms.has(room) });
    audience.tell(hostname, 'quick_job_run', { target_hostname: hostname }, { agents, events });
    return events.events.map(({ room }) => room);
  };

  it('everybody, as at the legacy, where that is switched on', () => assert.deepEqual(told('PC', true), [null]));
  it('the agents of its host, those of the system and of its users', () =>
    assert.deepEqual(told('PC'), ['pc-svc', 'pc-user']));
  it('agents that take the name for their own in other case', () => assert.deepEqual(told(' oDd '), ['odd']));
  it('everybody, where each agent takes the name for its own', () => {
    for (const hostname of ['', '*', 'unknown', '(Unknown)']) assert.deepEqual(told(hostname), [null]);
  });
  it('everybody, where no agent of the host is known to be there', () => {
    assert.deepEqual([told('GONE'), told('NOBODY')], [[null], [null]]);
  });

  it('by scheduled jobs too', async () => {
    const world = await startSchedulerWorld({ audience: new Set(['A-agent']) });
    try {
      world.addJob({ type: 'immediately', created: world.now, targets: ['A'] });
      world.report('A', 'B');
      await world.tick();
      assert.deepEqual(
        world.emitted().map(({ room }) => room),
        ['A-agent'],
      );
    } finally {
      await world.stop();
    }
  });
});
