/** Requests with an override, through the data path: who answers them, what they count for, and what the sides see. */
import assert from 'node:assert/strict';
import { Overrides } from '../../src/facade/override/overrides.js';
import { WriteLedger } from '../../src/facade/shadowing/write-ledger.js';
import { type FacadeUnderTest, type FacadeUnderTestOptions, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { type RawAnswer, rawRequest, valuesOf } from '../kit/raw-http.js';
import { json, startUpstream, type Upstream } from '../kit/upstream.js';

const ROWS = [
  { id: 'legacy-row', match: '* /legacy', stage: 'legacy' },
  { id: 'engine-row', match: '* /engine', stage: 'engine' },
  { id: 'closed-row', match: '* /closed', stage: 'legacy', access: 'operator' },
] as const;

describe('an override', () => {
  const key = Buffer.alloc(32, 3);
  const overrides = new Overrides({ key, now: Date.now });
  let legacy: Upstream;
  let engine: Upstream;
  let facade: FacadeUnderTest;
  const counted: string[] = [];

  before(async () => {
    legacy = await startUpstream(json({ from: 'legacy' }));
    engine = await startUpstream(json({ from: 'engine' }));
    facade = await start();
  });
  after(async () => {
    await facade?.close();
    await legacy?.close();
    await engine?.close();
  });

  const start = (more: Partial<FacadeUnderTestOptions> = {}) =>
    startFacadeUnderTest({
      ...{ legacy: legacy.origin, engine: { url: engine.origin }, rows: ROWS, overrides },
      guard: {
        forwarded: ({ row }) => void counted.push(`forwarded ${row.id}`),
        keptOut: ({ row }) => void counted.push(`kept out ${row.id}`),
      },
      ...more,
    });
  const until = (seconds = 60) => Math.floor(Date.now() / 1000) + seconds;
  const line = (row: string, side: 'legacy' | 'engine', name = 'X-Facade-Override') =>
    `${name}: ${overrides.sign({ row, side, until: until() })}\r\n`;
  const send = (path: string, headers = '', method = 'GET', port = facade.port): Promise<RawAnswer> =>
    rawRequest(port, `${method} ${path} HTTP/1.1\r\nHost: h\r\n${headers}\r\n`);
  const from = ({ body }: RawAnswer): string => (JSON.parse(body.toString()) as { from: string }).from;

  it('names the side for its request alone, and the answer says who it was', async () => {
    const answer = await send('/legacy', line('legacy-row', 'engine'));
    assert.equal(from(answer), 'engine');
    assert.deepEqual(valuesOf(answer.headers, 'x-facade-served-by'), ['engine']);
    assert.equal(from(await send('/legacy')), 'legacy');
    assert.equal(from(await send('/engine', line('engine-row', 'legacy'))), 'legacy');
    assert.equal(from(await send('/engine')), 'engine');
  });

  it('may be spelled in any case, and is forwarded to nobody', async () => {
    assert.equal(from(await send('/legacy', line('legacy-row', 'engine', 'x-FACADE-override'))), 'engine');
    await send('/legacy', line('engine-row', 'engine'));
    await send('/legacy', 'X_Facade_Override: a\r\nx-facade-override: b\r\n');
    for (const { headers } of [...legacy.seen, ...engine.seen])
      assert.doesNotMatch(headers.join('\n'), /facade.override/i);
  });

  it('counts for nothing that its row is judged by', async () => {
    counted.length = 0;
    const [finished, served] = [facade.recorded.finished.length, facade.recorded.served.length];
    facade.recorded.overridden.length = 0;
    await send('/engine', line('engine-row', 'engine'));
    await send('/legacy', line('legacy-row', 'engine'), 'POST');
    assert.deepEqual(facade.recorded.overridden, ['engine-row engine 200', 'legacy-row engine 200']);
    assert.deepEqual(counted, []);
    assert.deepEqual([facade.recorded.finished.length, facade.recorded.served.length], [finished, served]);
  });

  it('is not compared, but its write is told to comparisons that are under way', async () => {
    const ledger = new WriteLedger(() => 0);
    const accompanied: string[] = [];
    const comparing = await start({
      rows: [{ id: 'row', match: '* /row', stage: 'shadow' }],
      shadowing: () => ({ accompany: ({ method }) => void accompanied.push(method), ledger }),
    });
    const mark = ledger.mark();
    await send('/row', line('row', 'engine'), 'GET', comparing.port);
    assert.equal(ledger.wroteSince(mark), false);
    await send('/row', line('row', 'engine'), 'POST', comparing.port);
    assert.equal(ledger.wroteSince(mark), true);
    assert.deepEqual(accompanied, []);
    await send('/row', '', 'PUT', comparing.port);
    assert.deepEqual(accompanied, ['PUT']);
    await comparing.close();
  });

  it('is a line of the log, whatever log.requests says', () => {
    const lines = facade.recorded.logged.filter(({ message }) => message === 'request');
    assert.ok(lines.length > 0);
    for (const { fields } of lines) assert.match(String(fields?.override), /^2\S+Z$/);
  });

  it('that does not count is not noticed by its client', async () => {
    const good = line('legacy-row', 'engine');
    facade.recorded.overridesIgnored.length = 0;
    for (const [headers, reason] of [
      [good + good, 'malformed'],
      [good.replace('v1;engine', 'v1;both'), 'malformed'],
      [good.replace('v1;engine', 'v1;legacy'), 'signature'],
      [line('engine-row', 'engine'), 'other_row'],
      [`X-Facade-Override: ${overrides.sign({ row: 'legacy-row', side: 'engine', until: until(-1) })}\r\n`, 'expired'],
      ['X-Facade-Override:\r\n', 'malformed'],
      ['X-Facade-Override: \xff\xfe\r\n', 'malformed'],
    ] as const) {
      const answer = await send('/legacy', headers);
      assert.deepEqual([answer.status, from(answer)], [200, 'legacy'], reason);
      assert.deepEqual(valuesOf(answer.headers, 'x-facade-served-by'), []);
      assert.equal(facade.recorded.overridesIgnored.pop(), reason);
    }
    assert.equal(from(await send('/legacy', good.replace('-Override', '_Override'))), 'legacy');
    assert.deepEqual(facade.recorded.overridesIgnored, [], 'another spelling is no override at all');
  });

  it('does not let in whom the row turns away', async () => {
    const before = engine.seen.length;
    const answer = await send('/closed', line('closed-row', 'engine'));
    assert.equal(answer.status, 503, 'the judge of this test knows nobody');
    assert.match(answer.body.toString(), /access_unavailable/);
    assert.equal(engine.seen.length, before);
    assert.equal(facade.recorded.overridden.at(-1), 'closed-row facade 503');
  });
});

describe('an override to an engine that fails', () => {
  const overrides = new Overrides({ key: Buffer.alloc(32, 3), now: Date.now });
  let legacy: Upstream;
  let facade: FacadeUnderTest;
  const counted: string[] = [];

  before(async () => {
    legacy = await startUpstream(json({ from: 'legacy' }));
    const gone = await startUpstream(json({}));
    await gone.close();
    facade = await startFacadeUnderTest({
      ...{ legacy: legacy.origin, engine: { url: gone.origin }, overrides },
      rows: [{ id: 'row', match: '* /row', stage: 'engine' }],
      breaker: { failures: 1, openMs: 60_000 },
      guard: { forwarded: () => void counted.push('forwarded'), keptOut: () => void counted.push('kept out') },
    });
  });
  after(async () => {
    await facade?.close();
    await legacy?.close();
  });

  const send = async (headers = '') => rawRequest(facade.port, `GET /row HTTP/1.1\r\nHost: h\r\n${headers}\r\n`);
  const overridden = () => {
    const until = Math.floor(Date.now() / 1000) + 60;
    return send(`X-Facade-Override: ${overrides.sign({ row: 'row', side: 'engine', until })}\r\n`);
  };

  it('is a 503 that says so: nobody answers in its place', async () => {
    const { status, body } = await overridden();
    assert.equal(status, 503);
    const { error, reason } = JSON.parse(body.toString()) as Record<string, string>;
    assert.equal(error, 'engine_connect_failed');
    assert.match(reason ?? '', /An override names the engine alone, so nobody else was asked\.$/);
    assert.equal(legacy.seen.length, 0);
  });

  it('opens no breaker and troubles no guard', async () => {
    assert.deepEqual([facade.recorded.breakers, facade.recorded.failed, counted], [[], [], []]);
  });

  it('goes past a breaker that is open, and leaves it so', async () => {
    assert.equal((await send()).status, 200);
    assert.deepEqual(facade.recorded.breakers, ['row open']);
    assert.match((await overridden()).body.toString(), /engine_connect_failed/);
    assert.deepEqual(facade.recorded.breakers, ['row open']);
  });
});
