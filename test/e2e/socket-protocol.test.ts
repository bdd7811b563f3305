/** Clients see the same of Engine.IO and Socket.IO through the facade as of the Flask server behind it. */
import assert from 'node:assert/strict';
import { type FlaskSocketio, startFlaskSocketio } from '../kit/flask-socketio.js';
import { type SocketFacade, startSocketFacade } from '../kit/flask-socketio-facade.js';
import { PROTOCOL_CASES, type ProtocolCase } from '../kit/socket-protocol/cases.js';
import { Transcript } from '../kit/socket-protocol/transcript.js';

/** Seconds between pings, and to answer one: short, so that both are seen, and long enough for a busy machine. */
const PING = [1, 4] as const;

/** What the bridge does otherwise. */
const BRIDGE_DEVIATES: Readonly<Record<string, { readonly reason: string; readonly lines: readonly string[] }>> = {
  'a frame that is no packet: of an unknown type': {
    reason: 'No such type exists; a client that sends one is broken, and begins anew.',
    lines: ['closed'],
  },
  'a polling body that is no packet': {
    reason: 'As for a frame: its session ends.',
    lines: ['body: 200 taken', 'afterwards: 400'],
  },
};

describe('Engine.IO and Socket.IO', function () {
  this.timeout(30_000);
  let server: FlaskSocketio;
  let tunnel: SocketFacade;
  let bridge: SocketFacade;

  before(async () => {
    server = await startFlaskSocketio({ ping: PING });
    const legacy = { url: server.url };
    tunnel = await startSocketFacade({ legacy });
    const split = { pingIntervalMs: PING[0] * 1000, pingTimeoutMs: PING[1] * 1000 };
    bridge = await startSocketFacade({ legacy, stage: 'split', split });
  });
  after(async () => {
    await tunnel?.close();
    await bridge?.close();
    await server?.kill();
  });

  for (const one of PROTOCOL_CASES)
    it(`${one.name}: through tunnel and bridge as directly`, async () => {
      const [direct, tunnelled, bridged] = await Promise.all([
        linesOf(one, server.url),
        linesOf(one, tunnel.url),
        linesOf(one, bridge.url),
      ]);
      for (const line of one.must)
        assert.ok(
          direct.some((noted) => (typeof line === 'string' ? noted === line : line.test(noted))),
          `${line} is not in\n${direct.join('\n')}`,
        );
      assert.deepEqual(tunnelled, direct);
      const { lines } = BRIDGE_DEVIATES[one.name] ?? { lines: direct };
      assert.deepEqual(bridged.slice(0, lines.length).map(withoutError), lines.map(withoutError));
    });
});

/** Errors of the facade's own have a request id and a text of their own. */
function withoutError(line: string): string {
  return line.replace(/^(\w+: 400) \{"error":"session_drained".*$/s, '$1');
}

async function linesOf({ run }: ProtocolCase, url: string): Promise<readonly string[]> {
  const seen = new Transcript();
  await run(url, seen);
  return seen.lines;
}
