import assert from 'node:assert/strict';
import { mayCause } from '../../../src/legacy-bridge/realtime/caused-events.js';
import { CLIENT_EVENTS } from '../../../src/legacy-bridge/realtime/client-events.js';

describe('what an event of a client causes', () => {
  it('is known of every event that clients send', () => {
    for (const event of CLIENT_EVENTS) assert.equal(mayCause(event, 'quick_job_run'), false, event);
  });

  it('is what the contract says', () => {
    assert.ok(mayCause('list_agent_windows', 'list_agent_windows'));
    assert.ok(mayCause('quick_job_result', 'device_activity_changed'));
    assert.ok(!mayCause('agent_heartbeat', 'agent_heartbeat'));
  });

  it('may be anything of an event that nobody knows', () => assert.ok(mayCause('our_own', 'anything')));
});
