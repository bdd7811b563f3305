import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { startFacadeUnderTest } from '../kit/facade-under-test.js';
import { json, startUpstream } from '../kit/upstream.js';

describe('1,000 flips under load', () => {
  it('lose no request, and each takes effect for the next one', async () => {
    const legacy = await startUpstream(json({ from: 'legacy' }));
    const engine = await startUpstream(json({ from: 'engine' }));
    const facade = await startFacadeUnderTest({ legacy: legacy.origin, engine: { url: engine.origin } });
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const get = (): Promise<string> =>
      new Promise((resolve, reject) => {
        request({ port: facade.port, host: '127.0.0.1', path: '/row', agent }, (res) => {
          let text = '';
          res.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          res.on('end', () => (res.statusCode === 200 ? resolve(JSON.parse(text).from) : reject(new Error(text))));
        })
          .on('error', reject)
          .end();
      });
    let flipping = true;
    let served = 0;
    const load = Promise.all(
      Array.from({ length: 8 }, async () => {
        while (flipping) {
          await get();
          served += 1;
        }
      }),
    );
    for (let at = 0; at < 1000; at += 1) {
      const stage = at % 2 === 0 ? 'engine' : 'legacy';
      facade.flip([{ match: 'GET /row', stage }]);
      if (at % 50 === 0 || at % 50 === 1) assert.equal(await get(), stage);
      else await new Promise((resolve) => setImmediate(resolve));
    }
    flipping = false;
    await load;
    assert.ok(served > 100, `only ${served} requests ran beside the flips`);
    assert.deepEqual(facade.recorded.failed, []);
    agent.destroy();
    await facade.close();
    await legacy.close();
    await engine.close();
  });
});
