/** Clients are let in a few at a time, and nobody who does not join holds up the others for long. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { GreetingGate } from '../../../src/legacy-bridge/realtime/greeting-gate.js';
import { startEngineProcess } from '../../kit/engine-process.js';
import { openWireClient } from '../../kit/ws-client.js';

describe('gate of greetings', () => {
  it('lets the next one in when one has joined, each once', () => {
    const gate = new GreetingGate({ most: 2, patienceMs: 10_000 });
    const started: string[] = [];
    const leave = new Map<string, () => void>();
    for (const name of ['a', 'b', 'c', 'd'])
      gate.enter((done) => {
        started.push(name);
        leave.set(name, done);
      });
    assert.deepEqual(started, ['a', 'b']);
    leave.get('a')?.();
    leave.get('a')?.();
    assert.deepEqual(started, ['a', 'b', 'c']);
    for (const name of ['b', 'c', 'd']) leave.get(name)?.();
    assert.deepEqual(started, ['a', 'b', 'c', 'd']);
  });

  it('lets nobody in while it counts enough that are in already', () => {
    const gate = new GreetingGate({ most: 2, patienceMs: 10_000 });
    const started: string[] = [];
    const served = [gate.join(), gate.join(), gate.join()];
    gate.enter((leave) => {
      started.push('a');
      leave();
    });
    served[0]?.();
    assert.deepEqual(started, []);
    served[1]?.();
    assert.deepEqual(started, ['a']);
    served[2]?.();
  });

  it('waits for no one for long, and bears any number who leave at once', async () => {
    const gate = new GreetingGate({ most: 1, patienceMs: 20 });
    gate.enter(() => undefined);
    let left = 0;
    const all = new Promise<void>((resolve) => {
      for (let at = 0; at < 100_000; at += 1)
        gate.enter((leave) => {
          left += 1;
          leave();
          if (left === 100_000) resolve();
        });
    });
    assert.equal(left, 0);
    await all;
  });

  it('is in front of the engine: hundreds who never join keep nobody out, nor the engine from ending', async () => {
    const engine = await startEngineProcess();
    const { hostname, port } = new URL(engine.address);
    const silent = Array.from({ length: 300 }, () => connect(Number(port), hostname));
    const head =
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
    for (const socket of silent) {
      socket.on('error', () => undefined);
      socket.write(`${head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`);
    }
    try {
      const client = await openWireClient(engine.address);
      assert.ok(client.joinedMs < 1000, `${client.joinedMs}`);
      assert.equal(await engine.end(), 0);
    } finally {
      for (const socket of silent) socket.destroy();
      await engine.stop();
    }
  });
});
