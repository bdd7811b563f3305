/** The agents' own library through the facade, by tunnel and through the packet bridge: it comes back from everything. */
import assert from 'node:assert/strict';
import { type FlaskSocketio, type PythonAgent, startFlaskSocketio, startPythonAgent } from '../kit/flask-socketio.js';
import { type SocketFacade, startSocketFacade } from '../kit/flask-socketio-facade.js';

const AGENT_HEADERS = { Authorization: 'Bearer long.expired.token', 'X-Borealis-Agent-Context': 'SYSTEM' };
const SOON = 0.2;

for (const stage of ['legacy', 'split'] as const)
  describe(`an agent’s socket through the facade at ${stage}`, () => {
    let legacy: FlaskSocketio;
    let facade: SocketFacade;
    let agent: PythonAgent;
    const startFacade = (port = 0): Promise<SocketFacade> =>
      startSocketFacade({ legacy: { url: legacy.url }, stage, port });
    beforeEach(async () => {
      legacy = await startFlaskSocketio();
      facade = await startFacade();
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
      assert.deepEqual(
        [entry?.agentContext, entry?.bridged ?? false, entry?.side],
        ['SYSTEM', stage === 'split', 'legacy'],
      );
      assert.ok((entry?.bytesUp ?? 0) > 0 && (entry?.bytesDown ?? 0) > 0);
    });

    it('carries a message of 900 KB both ways', async () => {
      const text = 'y'.repeat(900_000);
      assert.equal(await agent.call('echo', text), text);
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

    it('waits for an engine that is down, and connects when the sockets are flipped back', async () => {
      facade.flip('engine');
      facade.sockets.drain.drain({ side: 'legacy', ratePerSecond: 10, why: 'test', who: 'tester' });
      await agent.seen('disconnected');
      await facade.told('refused engine_unavailable', 2);
      facade.flip(stage);
      await agent.seen('connected', 2);
    });
  });
