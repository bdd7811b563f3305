import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { type AdminFixture, startAdmin, TOKEN } from './admin-fixture.js';

const NOTHING = {
  counts: { gone: 0, still: 0, elsewhere: 0, not_replayable: 0, untellable: 0, no_answer: 0 },
  replayed: [],
  notRun: 0,
};

describe('A call for a replay', () => {
  let admin: AdminFixture;
  before(async () => {
    admin = await startAdmin();
  });
  after(() => admin.close());

  const start = (): ClientRequest => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const call = request(`${admin.url}/replay`, { method: 'POST', headers });
    call.on('error', () => undefined);
    call.end('{}');
    return call;
  };

  it('ends with its caller, and holds off others until then', async () => {
    let begun = (_signal: AbortSignal): void => undefined;
    const running = new Promise<AbortSignal>((resolve) => {
      begun = resolve;
    });
    admin.state.replay = async (_pairs, signal) => {
      begun(signal);
      await once(signal, 'abort');
      return NOTHING;
    };
    const call = start();
    const signal = await running;
    const second = await admin.call('POST', '/replay', { body: {} });
    assert.deepEqual([second.status, second.body.error], [409, 'replay_running']);
    assert.equal(signal.aborted, false);
    call.destroy();
    await once(signal, 'abort');
    admin.state.replay = async () => NOTHING;
    assert.equal((await admin.call('POST', '/replay', { body: {} })).status, 200);
  });

  it('leaves the way free when it fails', async () => {
    admin.state.replay = () => Promise.reject(new TypeError('planted'));
    assert.equal((await admin.call('POST', '/replay', { body: {} })).status, 500);
    admin.state.replay = async () => NOTHING;
    assert.equal((await admin.call('POST', '/replay', { body: {} })).status, 200);
  });
});
