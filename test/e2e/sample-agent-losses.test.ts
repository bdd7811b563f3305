/** What loses an agent in the field is told as fatal by the sample agent, and what does not is not. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { type SampleAgent, startSampleAgent } from '../kit/sample-agent.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => boolean;
type Frame = (send: (text: string) => void, terminate: () => void) => void;

const json = (response: ServerResponse, status: number, body: unknown) => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  return true;
};

/** A server that enrols anyone at once, then answers as `answer` says, and after the join does `frame`. */
class FakeServer {
  readonly #http: Server;
  joins = 0;

  constructor(answer: Answer, frame: Frame) {
    this.#http = createServer((request, response) => {
      request.resume().once('end', () => answer(request, response) || this.#enrolOrOk(request, response));
    });
    const sockets = new WebSocketServer({ server: this.#http });
    sockets.on('connection', (socket) => {
      socket.send('0{"sid":"AAAAAAAAAAAAAAAAAAAA","upgrades":[],"pingInterval":25000,"pingTimeout":20000}');
      socket.once('message', () => {
        this.joins += 1;
        socket.send('40{"sid":"BBBBBBBBBBBBBBBBBBBB"}');
        frame(
          (text) => socket.send(text),
          () => socket.terminate(),
        );
      });
    });
  }

  #enrolOrOk(request: IncomingMessage, response: ServerResponse) {
    const tokens = { guid: 'G', access_token: 'a', refresh_token: 'r', expires_in: 900 };
    const pending = { status: 'pending', approval_reference: 'ref', server_nonce: 'AAAA', poll_after_ms: 1000 };
    if (request.url === '/api/agent/enroll/request') return json(response, 200, pending);
    if (request.url === '/api/agent/enroll/poll') return json(response, 200, { status: 'approved', ...tokens });
    return json(response, 200, {});
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async close() {
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}

async function live(
  {
    answer = () => false,
    frame = () => {},
    refreshBefore = 60,
  }: { answer?: Answer; frame?: Frame; refreshBefore?: number },
  check: (agent: SampleAgent, server: FakeServer) => Promise<void>,
) {
  const server = new FakeServer(answer, frame);
  const url = await server.listen();
  const agent = await startSampleAgent({ server: url, code: 'ANY', timeScale: 0.02, refreshBefore });
  try {
    await check(agent, server);
  } finally {
    await agent.stop();
    await server.close();
  }
}

const heartbeat =
  (status: number, body: unknown): Answer =>
  (request, response) =>
    request.url === '/api/agent/heartbeat' && json(response, status, body);

describe('what loses an agent', function () {
  this.timeout(30_000);

  for (const [packet, type] of [
    ['41', 'socketio_disconnect'],
    ['1', 'engineio_close'],
  ] as const) {
    it(`packet ${packet} from the server: told, and no connection after it`, () =>
      live({ frame: (send) => send(packet) }, async (agent, server) => {
        await agent.waitFor(type);
        // Ten times as long as it waits before it dials again.
        const from = agent.events.length;
        for (let beats = 0; beats < 2; beats += 1) await agent.waitForNext('script_request');
        assert.deepEqual(
          agent.events.slice(from).filter(({ type: said }) => said === 'connected'),
          [],
        );
        assert.equal(server.joins, 1);
        assert.equal(agent.fatal()[0]?.type, type);
      }));
  }

  it('a connection cut before the agent is done with its join: the library takes itself for connected ever after', () =>
    live({ frame: (_, terminate) => setImmediate(terminate) }, async (agent, server) => {
      await agent.waitFor('socket_stuck');
      assert.equal(server.joins, 1);
    }));

  it('a 401 on a device route: the tokens are gone', () =>
    live({ answer: heartbeat(401, { error: 'invalid_token' }) }, async (agent) => {
      const event = await agent.waitFor('tokens_cleared');
      assert.equal(event.code, 'invalid_token');
      assert.equal(event.fatal, true);
    }));

  it('a 403 fingerprint_mismatch: the same', () =>
    live({ answer: heartbeat(403, { error: 'fingerprint_mismatch' }) }, async (agent) => {
      assert.equal((await agent.waitFor('tokens_cleared')).status, 403);
    }));

  it('a 401 on the refresh: the same', () =>
    live(
      {
        refreshBefore: 900,
        answer: (request, response) => request.url === '/api/agent/token/refresh' && json(response, 401, {}),
      },
      async (agent) => {
        assert.equal((await agent.waitFor('tokens_cleared')).path, '/api/agent/token/refresh');
      },
    ));

  it('a redirect', () =>
    live(
      {
        answer(request, response) {
          if (request.method !== 'POST' || request.url !== '/api/agent/heartbeat') return false;
          response.writeHead(307, { location: '/elsewhere' }).end();
          return true;
        },
      },
      async (agent) => {
        assert.equal((await agent.waitFor('redirected')).status, 307);
      },
    ));

  it('a cookie', () =>
    live(
      {
        answer(request, response) {
          if (request.url !== '/api/agent/heartbeat') return false;
          response.setHeader('set-cookie', 'a=b');
          return json(response, 200, {});
        },
      },
      async (agent) => {
        assert.equal((await agent.waitFor('cookie_set')).fatal, true);
      },
    ));
});

describe('what does not lose an agent', function () {
  this.timeout(30_000);

  it('503, 403 access_denied and 429 on a device route', () => {
    const answers: [number, unknown][] = [
      [503, { error: 'unavailable' }],
      [403, { error: 'access_denied' }],
      [429, { error: 'rate_limited' }],
    ];
    let turn = 0;
    const answer: Answer = (request, response) =>
      request.url === '/api/agent/heartbeat' && heartbeat(...(answers[turn++ % 3] ?? [503, {}]))(request, response);
    return live({ answer }, async (agent) => {
      for (const [status] of answers) await agent.waitFor('heartbeat', (event) => event.status === status);
      assert.deepEqual(agent.fatal(), []);
    });
  });

  it('a connection cut at the transport: it dials again', () => {
    let cut = () => {};
    return live(
      {
        frame: (_, terminate) => {
          cut = terminate;
        },
        // The check-in goes out once the agent is done with its join.
        answer(request) {
          if (request.url === '/api/agent/checkin') setTimeout(() => cut(), 50);
          return false;
        },
      },
      async (agent) => {
        await agent.waitFor('disconnected');
        await agent.waitForNext('connected');
        assert.deepEqual(agent.fatal(), []);
      },
    );
  });
});
