/** Clients see the same of Engine.IO and Socket.IO through the facade as of the Flask server behind it. */
import assert from 'node:assert/strict';
import { type FlaskSocketio, startFlaskSocketio } from '../kit/flask-socketio.js';
import { type SocketFacade, startSocketFacade } from '../kit/flask-socketio-facade.js';
import { PROTOCOL_CASES, type ProtocolCase } from '../kit/socket-protocol/cases.js';
import { Transcript } from '../kit/socket-protocol/transcript.js';

/** Seconds: short, so that pings are seen. */
const PING = [1, 1] as const;

describe('Engine.IO and Socket.IO', function () {
  this.timeout(30_000);
  let server: FlaskSocketio;
  let facade: SocketFacade;

  before(async () => {
    server = await startFlaskSocketio({ ping: PING });
    facade = await startSocketFacade({ legacy: { url: server.url } });
  });
  after(async () => {
    await facade?.close();
    await server?.kill();
  });

  for (const one of PROTOCOL_CASES)
    it(`${one.name}: through a tunnel as directly`, async () => {
      const [direct, tunnelled] = await Promise.all([linesOf(one, server.url), linesOf(one, facade.url)]);
      for (const line of one.must)
        assert.ok(
          direct.some((noted) => (typeof line === 'string' ? noted === line : line.test(noted))),
          `${line} is not in\n${direct.join('\n')}`,
        );
      assert.deepEqual(tunnelled, direct);
    });
});

async function linesOf({ run }: ProtocolCase, url: string): Promise<readonly string[]> {
  const seen = new Transcript();
  await run(url, seen);
  return seen.lines;
}
