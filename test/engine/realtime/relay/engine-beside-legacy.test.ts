/** An engine that stands alone, with its relay to a legacy: both ways on the wire, and orders over its own socket. */
import assert from 'node:assert/strict';
import { request } from 'undici';
import { type EngineProcess, startEngineProcess } from '../../../kit/engine-process.js';
import { StubLegacySockets } from '../../../kit/stub-legacy-sockets.js';
import { lethalFrames, openWireClient } from '../../../kit/ws-client.js';

describe('engine: its relay to the legacy', () => {
  let legacy: StubLegacySockets;
  let engine: EngineProcess;
  before(async () => {
    legacy = await StubLegacySockets.start();
    engine = await startEngineProcess({ env: { BOREALIS_SOCKETS_RELAY_URL: legacy.url } });
    await legacy.until((text) => text === '0');
  });
  after(async () => {
    await engine.stop();
    await legacy.stop();
  });

  it('brings what the legacy emits to clients once each, as it was written, and tells the legacy of their presence', async () => {
    const [agent, other] = [await openWireClient(engine.address), await openWireClient(engine.address)];
    const connect = '{"agent_id":"agent-1","n":1.0,"10":1,"2":2}';
    agent.send(`421["connect_agent",${connect}]`);
    assert.deepEqual(await legacy.until((text) => text.includes('connect_agent')), [`2["connect_agent",${connect}]`]);
    const config = '2["agent_config",{"roles":[1e400,"\\ud800"],"agent_id":"agent-1"}]';
    const shot = '51-["new_screenshot",{"agent_id":"agent-1","image_base64":{"_placeholder":true,"num":0}}]';
    legacy.send(config, shot, Buffer.from([1, 2, 3]), '2["last",9007199254740993]');
    const last = '42["last",9007199254740993]';
    await Promise.all([agent.frame((frame) => frame === last), other.frame((frame) => frame === last)]);
    const events = (frames: readonly string[]) => frames.filter((frame) => /^(?:4[25]|<)/.test(frame));
    assert.deepEqual(events(agent.frames), [`4${config}`, `4${shot}`, '<binary 3>', last]);
    assert.deepEqual(events(other.frames), [`4${shot}`, '<binary 3>', last]);
    // What clients cause is the engine's to emit, and goes to the legacy's clients no other way.
    other.send('42["macro_status",{"x":1}]');
    await agent.frame((frame) => frame.startsWith('42["macro_status"'));
    other.send('422["agent_heartbeat",{"agent_id":"agent-2"}]');
    await legacy.until((text) => text.includes('agent-2'));
    assert.ok(!legacy.heard.some((text) => text.includes('macro_status')));
    for (const client of [agent, other]) {
      assert.deepEqual(lethalFrames(client), []);
      client.socket.terminate();
    }
  });

  it('asks the legacy for a configuration that it has not', async () => {
    legacy.answer = (text) => {
      const id = /^2(\d+)\["request_config"/.exec(text)?.[1];
      return id === undefined ? [] : ['2["agent_config",{"roles":["of the legacy"]}]', `3${id}[]`];
    };
    const [agent, other] = [await openWireClient(engine.address), await openWireClient(engine.address)];
    agent.send('42["request_config",{"agent_id":"agent-3"}]');
    await agent.frame((frame) => frame === '42["agent_config",{"roles":["of the legacy"]}]');
    await request(`${engine.address}/api/agent/provision`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ agent_id: 'agent-3', roles: ['of the engine'] }),
    });
    agent.send('42["request_config",{"agent_id":"agent-3"}]');
    await agent.frame((frame) => frame === '42["agent_config",{"roles":["of the engine"]}]');
    other.send('421["request_config",{"agent_id":"nobody"}]');
    await other.frame((frame) => frame.startsWith('431'));
    assert.equal(agent.frames.filter((frame) => frame.startsWith('42')).length, 2);
    for (const client of [agent, other]) client.socket.terminate();
  });

  it('tells a legacy that comes back who is there, and nobody who has left', async () => {
    const [here, gone] = [await openWireClient(engine.address), await openWireClient(engine.address)];
    here.send('42["connect_agent",{"agent_id":"here"}]');
    here.send('42["agent_heartbeat",{"agent_id":"here","hostname":"pc"}]');
    gone.send('42["connect_agent",{"agent_id":"gone"}]');
    await legacy.until((text) => text.includes('"gone"'));
    gone.socket.close();
    await gone.closed;
    const { port } = legacy;
    await legacy.stop();
    here.send('42["collector_status",{"agent_id":"here","active":true}]');
    legacy = await StubLegacySockets.start(port);
    await legacy.until((text) => text.includes('"here"'), 3);
    assert.deepEqual(legacy.heard, [
      '0',
      '2["connect_agent",{"agent_id":"here"}]',
      '2["agent_heartbeat",{"agent_id":"here","hostname":"pc"}]',
      '2["collector_status",{"agent_id":"here","active":true}]',
    ]);
    assert.deepEqual(lethalFrames(here), []);
    here.socket.terminate();
  });

  it('takes in no relay: one that was pointed at itself would hear itself', async () => {
    const { statusCode } = await request(`${engine.address}/socket.io/?EIO=4&transport=polling`, {
      headers: { 'x-borealis-relay': '1' },
    });
    assert.equal(statusCode, 400);
  });
});
