/** The fleet tool tells what its agents met, and fails when a server did what loses agents. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Server } from 'socket.io';
import { projectRoot } from '../kit/python.js';
import { startSampleLegacy } from '../kit/sample-legacy.js';

const run = promisify(execFile);

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param args beside the server, which is on this machine */
async function fleet(server: string, ...args: readonly string[]): Promise<Ran> {
  try {
    return { code: 0, ...(await run(join(projectRoot, 'scripts', 'fleet'), ['--server', server, ...args])) };
  } catch (error) {
    return error as Ran;
  }
}

describe('scripts/fleet', function () {
  this.timeout(60_000);

  it('reports agents that join, beat and get every acknowledgement', async () => {
    const legacy = await startSampleLegacy();
    try {
      const { code, stdout } = await fleet(
        legacy.url,
        ...['--agents', '25', '--ramp-per-second', '200', '--seconds', '3', '--heartbeat-seconds', '1', '--json'],
      );
      const report = JSON.parse(stdout);
      assert.equal(report.connected, 25);
      // Two when they join, and two at each beat.
      assert.ok(report.sent > 25 * 4, String(report.sent));
      assert.ok(report.acknowledged.count > 25 * 4);
      assert.deepEqual([report.acksLost, report.acksOutOfOrder, report.lost], [0, 0, {}]);
      assert.equal(code, 0);
    } finally {
      await legacy.stop();
    }
  });

  it('names the packet that loses agents, and jobs that come twice', async () => {
    const http = createServer();
    const io = new Server(http);
    io.on('connection', (socket) => {
      socket.on('request_config', (_asked, acknowledge) => {
        acknowledge();
        const job = { job_id: 7, target_hostname: 'fleet-000001' };
        socket.emit('quick_job_run', job);
        socket.emit('quick_job_run', job);
        socket.disconnect();
      });
    });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    try {
      const { port } = http.address() as AddressInfo;
      const { code, stdout } = await fleet(`http://127.0.0.1:${port}`, '--agents', '2', '--seconds', '1');
      assert.match(stdout, /^FAULT +2 agents lost for good by Socket\.IO 41$/m);
      assert.match(stdout, /^FAULT +1 jobs delivered twice$/m);
      assert.match(stdout, /^FAULT +2 agents not connected at the end$/m);
      assert.equal(code, 1);
    } finally {
      await io.close();
    }
  });

  it('refuses a server elsewhere unless that is meant, and says which option is wrong', async () => {
    const elsewhere = await fleet('http://192.0.2.1');
    assert.equal(elsewhere.code, 2);
    assert.match(elsewhere.stderr, /--remote/);
    const wrong = await fleet('http://127.0.0.1:1', '--agents', 'many');
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /--agents <count>.*expected a whole number/);
  });
});
