import assert from 'node:assert/strict';
import { startFacadeUnderTest } from '../kit/facade-under-test.js';
import { rawRequest, valuesOf } from '../kit/raw-http.js';
import { json, startUpstream, type Upstream } from '../kit/upstream.js';

describe('X-Facade-Served-By', () => {
  let legacy: Upstream;
  let engine: Upstream;

  before(async () => {
    legacy = await startUpstream(json({ ok: true }, '200 OK', 'X-Facade-Served-By: made up\r\n'));
    engine = await startUpstream(json({ ok: true }));
  });

  after(async () => {
    await legacy.close();
    await engine.close();
  });

  for (const [servedBy, browser, agent] of [
    ['none', [], []],
    ['browsers', ['legacy', 'engine'], []],
    ['all', ['legacy', 'engine'], ['legacy', 'engine']],
  ] as const)
    it(`set to ${servedBy}: ${browser.length > 0 ? 'browsers' : 'nobody'}${agent.length > 0 ? ' and agents' : ''}`, async () => {
      const facade = await startFacadeUnderTest({
        legacy: legacy.origin,
        engine: { url: engine.origin },
        rows: [{ match: 'GET /engine', stage: 'engine' }],
        servedBy,
      });
      const told = async (header: string): Promise<string[]> => {
        const answers = ['/', '/engine'].map((path) =>
          rawRequest(facade.port, `GET ${path} HTTP/1.1\r\nHost: h\r\n${header}\r\n`),
        );
        return (await Promise.all(answers)).flatMap(({ headers }) => valuesOf(headers, 'x-facade-served-by'));
      };
      assert.deepEqual(await told(''), browser);
      assert.deepEqual(await told('X-Borealis-Agent-Context: SYSTEM\r\n'), agent);
      await facade.close();
    });
});
