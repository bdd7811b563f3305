import assert from 'node:assert/strict';
import type { SideTarget } from '../../../src/facade/forwarding/side-target.js';
import { engineTarget } from '../../../src/facade/forwarding/side-target.js';
import { ByteBudget } from '../../../src/facade/shadowing/byte-budget.js';
import { type DryRun, type DryRunRequest, startDryRun } from '../../../src/facade/shadowing/dry-run-client.js';
import { KeptBytes } from '../../../src/facade/shadowing/kept-bytes.js';
import type { NotRunReason } from '../../../src/legacy-bridge/effects/dry-run-protocol.js';
import { TEST_LIMITS } from '../../kit/facade-under-test.js';
import { dryRunOf, envelope } from '../../kit/shadow-world.js';
import { json, type Reply, startUpstream, type Upstream } from '../../kit/upstream.js';

describe('startDryRun', () => {
  let engine: Upstream;
  let target: SideTarget;
  afterEach(async () => {
    await target.close();
    await engine.close();
  });

  const start = async (
    reply: string | Reply,
    request: Partial<DryRunRequest> = {},
    { timeoutMs = 5000, most = 100_000 } = {},
  ): Promise<DryRun> => {
    engine = await startUpstream(reply);
    target = engineTarget({ url: engine.origin }, TEST_LIMITS);
    const kept = new KeptBytes(most, new ByteBudget(most), 'answer_too_large');
    const asked = {
      method: 'POST',
      target: '/row?x=1',
      headers: ['Accept', 'x/y'],
      body: Buffer.from('{}'),
      chunked: false,
    };
    return startDryRun(target, { ...asked, ...request }, { timeoutMs, kept, now: () => performance.now() });
  };
  const resultOf = async (...args: Parameters<typeof start>) => (await start(...args)).result;
  const header = (name: string): string | undefined => {
    const { headers } = engine.seen[0] ?? assert.fail('nothing was sent');
    const at = headers.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
    return at < 0 ? undefined : headers[at + 1];
  };

  it('sends what the client sent, marked as a dry run, and tells answer, effects and what was not recorded', async () => {
    const effects = { rows: [], events: [{ event: 'e', room: null, payload: 1 }], calls: [] };
    const result = await resultOf(dryRunOf({ effects, notSeen: ['rows of the table x'] }));
    assert.ok(result.outcome === 'answered');
    assert.deepEqual([result.answer.status, result.answer.body.toString()], [200, '{"from":"engine"}']);
    assert.deepEqual([result.effects, result.notSeen], [effects, ['rows of the table x']]);
    assert.deepEqual([engine.seen[0]?.line, engine.seen[0]?.body.toString()], ['POST /row?x=1 HTTP/1.1', '{}']);
    assert.deepEqual([header('x-facade-dry-run'), header('accept'), header('content-length')], ['1', 'x/y', '2']);
  });

  it('frames a body as the client did', async () => {
    await resultOf(dryRunOf(), { chunked: true });
    assert.deepEqual([header('transfer-encoding'), header('content-length')], ['chunked', undefined]);
    assert.equal(engine.seen[0]?.body.toString(), '{}');
  });

  it('asks for a HEAD by the GET that stands for it', async () => {
    assert.equal((await resultOf(dryRunOf(), { method: 'HEAD', body: Buffer.alloc(0) })).outcome, 'answered');
    assert.deepEqual([engine.seen[0]?.line, header('x-facade-dry-run-method')], ['GET /row?x=1 HTTP/1.1', 'HEAD']);
  });

  const notRun = (reason: NotRunReason): string =>
    envelope({ outcome: 'not-run', reason, detail: 'so it is', ms: 1, lockMs: 0 });

  for (const reason of ['not_dry_runnable', 'not_served'] as const)
    it(`tells that the engine is unable: ${reason}`, async () => {
      const result = await resultOf(notRun(reason));
      assert.ok(result.outcome === 'unable');
      assert.deepEqual([result.reason, result.detail], [reason, 'so it is']);
    });

  for (const [reason, dropped] of Object.entries({
    database_busy: 'engine_busy',
    database_unavailable: 'engine_busy',
    lock_timeout: 'engine_busy',
    too_many: 'engine_busy',
    effects_too_large: 'effects_too_large',
    answer_too_large: 'answer_too_large',
  }))
    it(`drops it as ${dropped} when the engine says ${reason}`, async () => {
      assert.deepEqual(await resultOf(notRun(reason as NotRunReason)), { outcome: 'dropped', reason: dropped });
    });

  const UNMARKED = dryRunOf().replace('X-Facade-Dry-Run: 1\r\n', '');
  for (const [what, reply] of [
    ['an answer as clients get it', json({ done: true })],
    ['an envelope without the mark', UNMARKED],
    ['another status under the mark', dryRunOf().replace('200 OK', '400 Bad Request')],
    ['no envelope under the mark', json({ outcome: 'run' }, '200 OK', 'X-Facade-Dry-Run: 1\r\n')],
  ] as const)
    it(`takes ${what} for an engine that makes no dry runs`, async () => {
      assert.deepEqual(await resultOf(reply), { outcome: 'dropped', reason: 'engine_no_dry_run' });
    });

  it('drops a reply that is larger than may be kept', async () => {
    assert.deepEqual(await resultOf(dryRunOf(), {}, { most: 50 }), { outcome: 'dropped', reason: 'answer_too_large' });
  });

  it('drops one that takes too long', async () => {
    const dropped = { outcome: 'dropped', reason: 'engine_timeout' };
    assert.deepEqual(await resultOf(() => undefined, {}, { timeoutMs: 30 }), dropped);
  });

  it('drops one that is given up', async () => {
    const run = await start(() => run.drop('client_gone'));
    assert.deepEqual(await run.result, { outcome: 'dropped', reason: 'client_gone' });
  });

  it('tells an engine that breaks in the middle of its reply from one that can not be reached', async () => {
    const broken = await resultOf(
      (_request, socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx'),
    );
    assert.equal(broken.outcome, 'failed');
    await engine.close();
    const kept = new KeptBytes(100, new ByteBudget(100), 'answer_too_large');
    const request = { method: 'GET', target: '/', headers: [], body: Buffer.alloc(0), chunked: false };
    const none = await startDryRun(target, request, { timeoutMs: 5000, kept, now: () => 0 }).result;
    assert.deepEqual(none, { outcome: 'dropped', reason: 'engine_unreachable' });
  });
});
