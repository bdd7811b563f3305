import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { legacyDialer } from '../../../../src/facade/sockets/side-dialer.js';
import { SessionOpening } from '../../../../src/facade/sockets/split/session-opening.js';
import { GreetingGate } from '../../../../src/legacy-bridge/realtime/greeting-gate.js';

/** Nobody is dialled in these tests. */
const NOBODY = legacyDialer({ url: 'http://127.0.0.1:1', ca: '', pin: '', serverName: '' });
const FROM = {
  request: {} as IncomingMessage,
  target: '/socket.io/',
  head: { provenance: { address: '10.0.0.1' }, headers: [] },
} as unknown as ConstructorParameters<typeof SessionOpening>[0];

describe('a session that waits for room to be opened', () => {
  const open = (gate: GreetingGate, handshakeMs: number): { lines: string[]; opening: SessionOpening } => {
    const lines: string[] = [];
    const opening = new SessionOpening(FROM, '', NOBODY, { connectMs: 1, handshakeMs, lingerMs: 1 }, gate, {
      ready: () => lines.push('ready'),
      refused: (refusal) => lines.push(refusal.how === 'failed' ? refusal.code : refusal.how),
      closing: () => lines.push('closing'),
      over: () => lines.push('over'),
    });
    return { lines, opening };
  };

  it('is refused when the time of a handshake has passed since the client came', async () => {
    const gate = new GreetingGate({ most: 0, patienceMs: 1 });
    const { lines, opening } = open(gate, 1);
    while (lines.length < 2) await turn();
    assert.deepEqual(lines, ['legacy_head_timeout', 'over']);
    opening.giveUp();
    gate.close();
    assert.deepEqual(lines, ['legacy_head_timeout', 'over']);
  });

  it('is given up with its client, and refused when the facade closes', async () => {
    const gate = new GreetingGate({ most: 0, patienceMs: 1 });
    const gone = open(gate, 60_000);
    const waiting = open(gate, 60_000);
    gone.opening.giveUp();
    gate.close();
    assert.deepEqual(gone.lines, ['over']);
    assert.deepEqual(waiting.lines, ['closing', 'over']);
  });
});
