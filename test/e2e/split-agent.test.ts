/** The agents' own library at stage split: stays through flips and scripts. What holds at each stage: sockets-agent.test.ts. */
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

  beforeEach(async () => {
    engine = await startStubEngineLink();
    legacy = await startFlaskSocketio();
    facade = await startSocketFacade({
      legacy: { url: legacy.url },
      engine: { socketPath: engine.socketPath },
      stage: 'split',
    });
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

  it('stays connected through ten flips of an event', async () => {
    engine.answer = ({ packet }) => ({ ack: packet.replace(/^2(\d+).*/, '3$1["engine"]') });
    for (let flip = 0; flip < 10; flip += 1) {
      const toEngine = flip % 2 === 0;
      facade.flipEvents(toEngine ? [eventRow('echo')] : []);
      assert.equal(await agent.call('echo', 'legacy'), toEngine ? 'engine' : 'legacy');
    }
    assert.equal(agent.events.filter(({ event }) => event === 'connected').length, 1);
  });

  it('stays connected when the engine that knew it is started anew, which is told who it is', async () => {
    facade.flipEvents([eventRow('connect_agent')]);
    await agent.call('connect_agent', { agent_id: 'A' });
    await engine.kill();
    await engine.start();
    await engine.seen('event', 2);
    assert.equal(engine.events('learn').length, 1);
    assert.equal(await agent.call('echo', 'still here'), 'still here');
    assert.equal(agent.events.filter(({ event }) => event === 'connected').length, 1);
  });

  it('comes back after that where it said more than can be told anew', async () => {
    facade.flipEvents([eventRow('connect_agent')]);
    await agent.call('connect_agent', { agent_id: 'A', more: 'x'.repeat(2_000) });
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
