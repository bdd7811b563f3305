/** The agents' own library at stage split: stays through flips, comes back from everything, and never meets what would end it. */
import assert from 'node:assert/strict';
import { WebSocket } from 'ws';
import { type FlaskSocketio, type PythonAgent, startFlaskSocketio, startPythonAgent } from '../kit/flask-socketio.js';
import { eventRow, type SocketFacade, startSocketFacade } from '../kit/flask-socketio-facade.js';
import { type StubEngineLink, startStubEngineLink } from '../kit/stub-engine-link.js';

const AGENT_HEADERS = { Authorization: 'Bearer long.expired.token', 'X-Borealis-Agent-Context': 'SYSTEM' };
const SOON = 0.2;

describe('an agent at stage split', () => {
  let legacy: FlaskSocketio;
  let engine: StubEngineLink;
  let facade: SocketFacade;
  let agent: PythonAgent;
  const startFacade = (port = 0): Promise<SocketFacade> =>
    startSocketFacade({
      legacy: { url: legacy.url },
      engine: { socketPath: engine.socketPath },
      stage: 'split',
      port,
    });

  beforeEach(async () => {
    engine = await startStubEngineLink();
    legacy = await startFlaskSocketio();
    facade = await startFacade();
    await facade.told('link up');
    agent = startPythonAgent(facade.url, { headers: AGENT_HEADERS, reconnectionDelay: SOON });
    await agent.seen('connected');
    // The library never connects again when it is cut off within its connect handler; by this answer it has left it.
    await agent.call('echo', 'settled');
  });
  afterEach(async () => {
    const lost = agent.events.filter(({ event }) => event === 'lethal' || event === 'gave_up');
    await agent.stop();
    await facade.close();
    await legacy.kill();
    await engine.stop();
    assert.deepEqual(lost, [], 'the agent would never have connected again');
  });

  it('brings the agent’s headers, address and scheme to the legacy, and nothing else', async () => {
    const told = (await agent.call('headers', null)) as {
      headers: Record<string, string>;
      query: string;
      remote: string;
      scheme: string;
    };
    const { headers } = told;
    assert.equal(headers.HTTP_AUTHORIZATION, AGENT_HEADERS.Authorization);
    assert.equal(headers.HTTP_X_BOREALIS_AGENT_CONTEXT, 'SYSTEM');
    assert.equal(headers.HTTP_HOST, `127.0.0.1:${facade.port}`);
    assert.match(headers.HTTP_USER_AGENT ?? '', /^Python\//);
    assert.deepEqual([told.remote, told.scheme], ['127.0.0.1', 'http']);
    assert.match(told.query, /^transport=websocket&EIO=4&t=[\d.]+$/);
    assert.equal('HTTP_ORIGIN' in headers || 'HTTP_COOKIE' in headers, false);
    const [entry] = facade.sockets.registry.list();
    assert.deepEqual([entry?.agentContext, entry?.bridged, entry?.side], ['SYSTEM', true, 'legacy']);
  });

  it('stays connected through ten flips of an event', async () => {
    engine.answer = ({ packet }) => ({ ack: packet.replace(/^2(\d+).*/, '3$1["engine"]') });
    for (let flip = 0; flip < 10; flip += 1) {
      const toEngine = flip % 2 === 0;
      facade.flipEvents(toEngine ? [eventRow('echo')] : []);
      assert.equal(await agent.call('echo', 'legacy'), toEngine ? 'engine' : 'legacy');
    }
    assert.equal(agent.events.filter(({ event }) => event === 'connected').length, 1);
  });

  it('comes back when the legacy is killed and started again', async () => {
    await legacy.kill();
    await agent.seen('disconnected');
    legacy = await startFlaskSocketio({ port: legacy.port });
    await agent.seen('connected', 2);
    assert.equal(await agent.call('echo', 'back'), 'back');
  });

  it('comes back after a drain', async () => {
    facade.sockets.drain.drain({ side: 'legacy', ratePerSecond: 10, why: 'test', who: 'tester' });
    await agent.seen('connected', 2);
    assert.equal(await agent.call('echo', 'back'), 'back');
    assert.equal(await agent.call('dropped', null), 1, 'the legacy’s session ended with it');
  });

  it('comes back after a restart of the facade', async () => {
    const { port } = facade;
    await facade.close();
    await agent.seen('disconnected');
    facade = await startFacade(port);
    await agent.seen('connected', 2);
    assert.equal(await agent.call('echo', 'back'), 'back');
  });

  it('comes back after a restart of the engine that knew it', async () => {
    facade.flipEvents([eventRow('connect_agent')]);
    await agent.call('connect_agent', { agent_id: 'A' });
    await engine.kill();
    await engine.start();
    await agent.seen('connected', 2);
    assert.equal(await agent.call('echo', 'back'), 'back');
  });
});

describe('an agent that answers no ping', () => {
  it('keeps its connection for as long as the bridge’s timeout says, and not the legacy’s', async () => {
    const legacy = await startFlaskSocketio({ ping: [0.2, 0.2] });
    const facade = await startSocketFacade({
      legacy: { url: legacy.url },
      stage: 'split',
      split: { pingIntervalMs: 100, pingTimeoutMs: 60_000 },
    });
    const socket = new WebSocket(`${facade.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    const frames: string[] = [];
    const answer = (event: string): Promise<void> =>
      new Promise((resolve) => {
        socket.on('message', (data: Buffer) => {
          frames.push(data.toString());
          if (data.toString().startsWith(event)) resolve();
        });
      });
    await answer('0');
    socket.send('40');
    await answer('40');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    socket.send('421["echo",1]');
    await answer('431');
    assert.match(frames[0] ?? '', /"pingInterval":100,"pingTimeout":60000/);
    socket.close();
    await facade.close();
    await legacy.kill();
  });
});
