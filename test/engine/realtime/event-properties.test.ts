/** Whatever is sent as an event: the process and every connection live, and the registry shows nothing of a wrong type. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { request } from 'undici';
import { type EngineProcess, startEngineProcess } from '../../kit/engine-process.js';
import { openWireClient, type WireClient } from '../../kit/ws-client.js';

const EVENTS = [
  'connect_agent',
  'agent_heartbeat',
  'collector_status',
  'request_config',
  'screenshot',
  'agent_screenshot_task',
  'macro_status',
  'list_agent_windows',
  'agent_window_list',
  'ansible_playbook_run',
  'ansible_playbook_cancel',
  'quick_job_result',
];
const FIELDS = [
  'agent_id',
  'node_id',
  'hostname',
  'agent_operating_system',
  'last_seen',
  'service_mode',
  'active',
  'last_user',
  'image_base64',
  'job_id',
  'status',
  'stdout',
  'stderr',
];

/** JSON texts, some of which only Python takes, or nobody. */
const literal = fc.oneof(
  fc.constantFrom(
    'null',
    'true',
    'false',
    '0',
    '-0.0',
    '1e400',
    '9223372036854775808',
    '123456789012345678901234567890',
  ),
  fc.constantFrom(
    'NaN',
    '-Infinity',
    '""',
    '" "',
    '"unknown"',
    '"PC-1"',
    '"A-script"',
    '"a-svc-1"',
    '"\\ud800"',
    '"\\u0000"',
  ),
  fc.constantFrom(
    '[]',
    '{}',
    '[[[]]]',
    '{"_placeholder":true,"num":0}',
    '{"__proto__":{"x":1}}',
    '["a",1]',
    '{',
    '[1,]',
  ),
  fc.json({ maxDepth: 2 }),
);
const payload = fc.oneof(
  literal,
  fc.dictionary(fc.constantFrom(...FIELDS), literal).map((fields) => {
    const parts = Object.entries(fields).map(([name, text]) => `"${name}":${text}`);
    return `{${parts.join(',')}}`;
  }),
);

describe('engine: events of any kind', () => {
  let engine: EngineProcess;
  let client: WireClient;
  before(async () => {
    engine = await startEngineProcess({ env: { BOREALIS_SOCKETS_EVENTS_PER_SECOND: '0' } });
    client = await openWireClient(engine.address);
  });
  after(async () => {
    client.socket.terminate();
    await engine.stop();
  });

  it('end no connection, and leave a registry that can be shown', async () => {
    let id = 0;
    const send = fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...EVENTS), payload), { minLength: 1, maxLength: 20 }),
      async (events) => {
        for (const [event, text] of events) {
          client.send(`42["${event}",${text}]`);
          client.send(`451-["${event}",{"agent_id":{"_placeholder":true,"num":0},"x":${text}}]`);
          client.socket.send(Buffer.from([1, 2, 3]));
        }
        id += 1;
        client.send(`42${id}["macro_status",{}]`);
        await client.frame((frame) => frame === `43${id}[]`);
        const answer = await request(`${engine.address}/api/agents`);
        const agents = (await answer.body.json()) as Record<string, Record<string, unknown>>;
        assert.equal(answer.statusCode, 200);
        for (const [agentId, entry] of Object.entries(agents)) {
          assert.equal(entry.agent_id, agentId);
          for (const name of ['hostname', 'service_mode']) assert.equal(typeof entry[name], 'string');
          assert.ok(['string', 'undefined'].includes(typeof entry.agent_operating_system));
        }
      },
    );
    await fc.assert(send, { numRuns: 150 });
    assert.equal(client.frames.filter((frame) => frame === '41' || frame === '1').length, 0);
    assert.doesNotMatch(await engine.logText(), /event-failed|uncaught|unhandled/);
    assert.equal(engine.child.exitCode, null);
  }).timeout(60_000);

  it('of a wrong type change nothing, and are not acknowledged', async () => {
    const one = await openWireClient(engine.address);
    const known = async () => {
      const { body } = await request(`${engine.address}/api/agents`);
      return ((await body.json()) as Record<string, unknown>)['WRONG-agent'];
    };
    one.send('421["agent_heartbeat",{"agent_id":"WRONG-agent","hostname":"PC-WRONG","last_seen":5}]');
    await one.frame((frame) => frame === '431[]');
    const before = await known();
    const id = '"agent_id":"WRONG-agent"';
    for (const [event, fields] of [
      ['agent_heartbeat', '"hostname":"PC-OTHER","last_seen":"soon"'],
      ['agent_heartbeat', '"hostname":"PC-OTHER","last_seen":9223372036854775808'],
      ['agent_heartbeat', '"hostname":["PC-OTHER"]'],
      ['agent_heartbeat', '"hostname":"PC-OTHER","agent_operating_system":{"a":1}'],
      ['collector_status', '"hostname":"PC-OTHER","active":true,"last_user":["amy"]'],
      ['collector_status', '"hostname":5,"active":true'],
      ['connect_agent', `"agent_id":["WRONG-agent"]`],
    ])
      one.send(`422["${event}",{${id},${fields}}]`);
    one.send('423["macro_status",{}]');
    await one.frame((frame) => frame === '433[]');
    assert.deepEqual(await known(), before);
    assert.ok(!one.frames.includes('432[]'));
    one.socket.terminate();
  });
});
