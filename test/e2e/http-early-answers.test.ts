/** An answer that is ready before the request's body has arrived reaches the client, whichever hops lie between. */
import assert from 'node:assert/strict';
import { Agent, request } from 'undici';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

const TABLE_ROW = 'agent-details';

describe('answers before the body is in', function () {
  this.timeout(60_000);
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  const dispatcher = new Agent({ connections: 4 });

  before(async () => {
    // With a scenario's rows: an engine whose database knows no agent gets no rows that carry tokens.
    legacy = await startSampleLegacy({ seedScenario: 'agents-token-refresh' });
    facade = await startFacadeProcess({ legacy });
    await facade.engineReady();
    await facade.flip('device-calls', 'engine');
  });
  after(async () => {
    await dispatcher.close();
    await facade?.stop();
    await legacy?.stop();
  });

  const report = async (bytes: number) => {
    const answer = await request(`${facade.address}/api/agent/details`, {
      method: 'POST',
      dispatcher,
      headers: { 'content-type': 'application/json', authorization: 'Bearer of.no.use' },
      body: Buffer.alloc(bytes, ' '),
    });
    return { status: answer.statusCode, body: await answer.body.text() };
  };

  for (const bytes of [3000, 300_000, 3_000_000, 20_000_000])
    it(`are heard with ${bytes} bytes still on their way`, async () => {
      const tries = Array.from({ length: bytes > 1_000_000 ? 8 : 40 }, () => report(bytes));
      for (const { status, body } of await Promise.all(tries))
        assert.deepEqual([status, body], [401, '{"error":"invalid_token"}\n']);
    });

  it('say where a body is larger than anyone takes', async () => {
    const { status, body } = await report(40_000_000);
    // The connection is cut over it: whether the answer is heard depends on the client.
    assert.ok(status === 401 || status === 502, `${status} ${body}`);
    const states = (await facade.admin('GET', '/routes')) as { routes: { id: string; breaker?: string }[] };
    assert.equal(states.routes.find(({ id }) => id === TABLE_ROW)?.breaker ?? 'closed', 'closed');
  });
});
