import assert from 'node:assert/strict';
import type { DispatchedEvent } from '../../../../src/engine/interfaces/ws/event-dispatcher.js';
import { relayingDispatcher } from '../../../../src/engine/interfaces/ws/relaying-dispatcher.js';
import { EventHub } from '../../../../src/engine/services/event-hub.js';
import type { EventUse } from '../../../../src/legacy-bridge/realtime/bridge-protocol.js';

const client = new EventHub().join('id', { send: () => undefined });
const handle: EventUse = 'handle';

async function relayed(text: string, more: { outcome?: DispatchedEvent['outcome']; attachments?: Buffer[] } = {}) {
  const { outcome = 'handled', attachments = [] } = more;
  const said: string[] = [];
  const dispatcher = relayingDispatcher(
    { dispatch: async () => ({ outcome, ack: '31[]' }) },
    {
      told: ({ event, agentId, json, facts }) => void said.push([event, agentId, json, ...facts].join(' ')),
      asked: (agentId) => void said.push(`asked ${agentId}`),
    },
    { find: (agentId) => (agentId === 'known' ? [] : undefined) },
  );
  assert.deepEqual(await dispatcher.dispatch({ text, attachments, client, use: handle }), { outcome, ack: '31[]' });
  return said;
}

describe('relayingDispatcher', () => {
  it('tells of presence as it was written', async () => {
    const json = '{"agent_id":"a","last_seen":1.0,"10":1,"2":9007199254740993}';
    for (const event of ['connect_agent', 'agent_heartbeat', 'collector_status'])
      assert.deepEqual(await relayed(`27["${event}", ${json}]`), [`${event} a ${json}`]);
  });

  it('tells what a collector’s report says beyond that it is there', async () => {
    const facts = async (fields: string, event = 'collector_status') => {
      const json = `{"agent_id":"a",${fields}}`;
      const [told] = await relayed(`2["${event}",${json}]`);
      return told?.slice(`${event} a ${json}`.length);
    };
    assert.equal(await facts('"active":true,"last_user":"PC\\\\me"'), ' active last_user');
    assert.equal(await facts('"active":1'), ' active');
    assert.equal(await facts('"active":0,"last_user":"me"'), ' last_user');
    for (const nobody of ['"PC$"', '"NT AUTHORITY\\\\SYSTEM"', '""', '" "', 'null'])
      assert.equal(await facts(`"active":"","last_user":${nobody}`), '', nobody);
    assert.equal(await facts('"active":true', 'agent_heartbeat'), '');
  });

  it('asks for configurations that the engine has not', async () => {
    assert.deepEqual(await relayed('2["request_config",{"agent_id":"a"}]'), ['asked a']);
    assert.deepEqual(await relayed('2["request_config",{"agent_id":"known"}]'), []);
  });

  it('tells of no other event', async () => {
    for (const event of ['quick_job_result', 'screenshot', 'Connect_agent', 'list_agent_windows'])
      assert.deepEqual(await relayed(`2["${event}",{"agent_id":"a"}]`), []);
  });

  it('tells nothing that the engine could not handle, that names no agent, or that comes with bytes', async () => {
    const good = '2["connect_agent",{"agent_id":"a"}]';
    for (const outcome of ['failed', 'unknown', 'refused'] as const)
      assert.deepEqual(await relayed(good, { outcome }), []);
    for (const payload of ['null', '{}', '{"agent_id":""}', '{"agent_id":7}', '"a"', '[]', '{"agent_id":"a"},1'])
      assert.deepEqual(await relayed(`2["connect_agent",${payload}]`), [], payload);
    const withBytes = '51-["connect_agent",{"agent_id":"a","x":{"_placeholder":true,"num":0}}]';
    assert.deepEqual(await relayed(withBytes, { attachments: [Buffer.from('b')] }), []);
  });
});
