/** Reads at shadow, verify and engine: the client gets the one side's answer, the other gets a copy to be compared. */
import assert from 'node:assert/strict';
import { RawClient, rawRequest } from '../kit/raw-http.js';
import {
  dryRunOf,
  envelope,
  type ShadowWorld,
  type ShadowWorldOptions,
  startShadowWorld,
} from '../kit/shadow-world.js';
import { json } from '../kit/upstream.js';

const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n${headers}\r\n`;
const SHADOW = { id: 'row', match: 'GET|HEAD|OPTIONS /row', stage: 'shadow' } as const;

describe('a read at stage shadow', () => {
  let world: ShadowWorld;
  const start = async (options: Partial<ShadowWorldOptions> = {}): Promise<void> => {
    world = await startShadowWorld({ rows: [SHADOW], ...options });
  };
  afterEach(() => world.close());

  const ask = async (request: string): Promise<string> => {
    const { status, body } = await rawRequest(world.facade.port, request);
    return `${status} ${(JSON.parse(body.toString()) as { from?: string }).from}`;
  };

  it('is answered by the legacy; the engine gets the same request, as a dry run, and both answers are compared', async () => {
    await start();
    const conditional = 'If-None-Match: "x"\r\nRange: bytes=0-1\r\nX-Request-Id: abc\r\nAuthorization: Bearer t\r\n';
    assert.equal(await ask(get('/row?b=1&a=%20', conditional)), '200 legacy');
    await world.outcomes(1);
    const [original, copy] = [world.legacy.seen[0], world.engine.seen[0]];
    assert.equal(copy?.line, 'GET /row?b=1&a=%20 HTTP/1.1');
    const names = (headers: readonly string[] = []) => headers.map((text) => text.toLowerCase());
    const sent = names(copy?.headers);
    const mark = sent.indexOf('x-facade-dry-run');
    assert.equal(sent[mark + 1], '1');
    assert.deepEqual(sent.toSpliced(mark, 2), names(original?.headers));
    assert.ok(!names(original?.headers).includes('x-facade-dry-run'));
    const [input] = world.compared;
    assert.equal(input?.kind, 'read');
    assert.equal(input?.answeredBy, 'legacy');
    assert.equal(input?.request.requestId, 'abc');
    assert.equal(input?.request.target, '/row?b=1&a=%20');
    assert.equal(input?.effects, undefined);
    assert.ok(input?.legacy.outcome === 'answered' && input.engine.outcome === 'answered');
    assert.equal(input.legacy.answer.body.toString(), '{"from":"legacy"}');
    assert.equal(input.engine.answer.body.toString(), '{"from":"engine"}');
    assert.deepEqual(
      input.legacy.answer.headers.filter(([name]) => name === 'content-type'),
      [['content-type', 'application/json']],
    );
  });

  it('counts once: the copy is no request of the row', async () => {
    await start();
    await ask(get('/row'));
    await world.outcomes(1);
    assert.deepEqual(
      world.facade.recorded.finished.map(({ answeredBy, status }) => [answeredBy, status]),
      [['legacy', 200]],
    );
    assert.deepEqual([world.facade.recorded.failed, world.facade.recorded.breakers], [[], []]);
  });

  it('does not wait for an engine that hangs', async () => {
    await start({ engine: () => undefined, settings: { copyTimeoutMs: 1500 } });
    const startedAt = performance.now();
    assert.equal(await ask(get('/row')), '200 legacy');
    assert.ok(performance.now() - startedAt < 1000);
    await world.outcomes(1);
    assert.deepEqual(world.drops, [{ row: 'row', reason: 'engine_timeout' }]);
  });

  it('leaves an engine alone that keeps failing', async () => {
    await start({ engine: () => undefined, settings: { copyTimeoutMs: 30 } });
    for (let nth = 1; nth <= 4; nth += 1) {
      await ask(get('/row'));
      await world.outcomes(nth);
    }
    assert.deepEqual(
      world.drops.map(({ reason }) => reason),
      ['engine_timeout', 'engine_timeout', 'engine_timeout', 'engine_breaker'],
    );
    world.shadowing.engineChanged(true);
    await ask(get('/row'));
    await world.outcomes(5);
    assert.equal(world.drops.at(-1)?.reason, 'engine_timeout');
    assert.deepEqual(world.facade.recorded.breakers, []);
  });

  it('says that the engine broke, where it took the request', async () => {
    await start({ engine: (_request, socket) => void socket.destroy() });
    await ask(get('/row'));
    await world.outcomes(1);
    assert.deepEqual(
      world.compared.map(({ engine }) => engine.outcome === 'failed' && engine.code),
      ['engine_closed_early'],
    );
  });

  it('is not compared where the engine is off, by URL, or answers as to a client', async () => {
    for (const engineAt of ['engine_unreachable', 'engine_no_dry_run'] as const) {
      await start({ engineAt });
      assert.equal(await ask(get('/row')), '200 legacy');
      await world.outcomes(1);
      assert.deepEqual(world.drops, [{ row: 'row', reason: engineAt }]);
      assert.equal(world.engine.seen.length, 0);
      await world.close();
    }
    await start({ engine: json({ from: 'engine' }) });
    assert.equal(await ask(get('/row')), '200 legacy');
    await world.outcomes(1);
    assert.deepEqual(world.drops, [{ row: 'row', reason: 'engine_no_dry_run' }]);
  });

  it('of a handler that can not be dry-run is told once, and marked until another engine comes', async () => {
    const unable = envelope({
      outcome: 'not-run',
      reason: 'not_dry_runnable',
      detail: 'it calls out',
      ms: 1,
      lockMs: 0,
    });
    await start({ engine: unable });
    await ask(get('/row'));
    await world.outcomes(1);
    assert.deepEqual(
      world.compared.map(({ engine }) => engine.outcome === 'failed' && engine.code),
      ['not_dry_runnable'],
    );
    await ask(get('/row'));
    await world.outcomes(2);
    assert.deepEqual(world.drops, [{ row: 'row', reason: 'engine_not_dry_runnable' }]);
    assert.deepEqual([...world.shadowing.unable()], [['row', 'GET other paths: it calls out']]);
    world.shadowing.engineChanged(true);
    assert.deepEqual([...world.shadowing.unable()], []);
  });

  it('whose body is large is not compared, and reaches the client whole', async () => {
    const large = 'x'.repeat(200_000);
    await start({ legacy: json({ from: 'legacy', large }) });
    assert.equal(await ask(get('/row')), '200 legacy');
    await world.outcomes(1);
    assert.deepEqual(world.drops, [{ row: 'row', reason: 'answer_too_large' }]);
    assert.equal(world.shadowing.state().bufferedBytes, 0);
  });

  it('whose engine answers with a large body is not compared', async () => {
    await start({
      engine: dryRunOf({ answer: { status: 200, headers: [], body: Buffer.alloc(2_000_000) } }),
    });
    await ask(get('/row'));
    await world.outcomes(1);
    assert.equal(world.drops.length, 1);
    assert.equal(world.shadowing.state().bufferedBytes, 0);
  });

  it('whose client leaves is not compared, and its copy is given up', async () => {
    await start({ legacy: () => undefined, engine: () => undefined, settings: { copyTimeoutMs: 60_000 } });
    const client = await RawClient.connect(world.facade.port);
    client.send(get('/row'));
    await Promise.all([world.legacy.request(1), world.engine.request(1)]);
    client.socket.destroy();
    await world.outcomes(1);
    assert.deepEqual(world.drops, [{ row: 'row', reason: 'client_gone' }]);
    await world.engine.idle();
  });

  it('is compared by its sample', async () => {
    const chances = [0.09, 0.11];
    await start({ rows: [{ ...SHADOW, sample: 10 }], random: () => chances.shift() ?? 1 });
    await ask(get('/row'));
    await ask(get('/row'));
    await world.outcomes(1);
    assert.equal(world.engine.seen.length, 1);
    assert.deepEqual(world.drops, []);
  });

  it('is not compared while the event loop has no time', async () => {
    await start({ settings: { maxBusyPercent: 0 }, random: () => 0.99 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(await ask(get('/row')), '200 legacy');
    assert.deepEqual(world.drops, [{ row: 'row', reason: 'loop_busy' }]);
  });

  it('goes to the legacy twice now and then, to learn its noise; never with a one-use proof', async () => {
    await start({ settings: { noisePercent: 100 } });
    await ask(get('/row', 'DPoP: proof\r\n'));
    await world.outcomes(1);
    assert.equal(world.legacy.seen.length, 1);
    assert.equal(world.engine.seen.length, 1);
    await ask(get('/row'));
    await world.outcomes(2);
    assert.equal(world.legacy.seen.length, 3);
    assert.equal(world.learned.length, 1);
    assert.equal(world.learned[0]?.second.answer.body.toString(), '{"from":"legacy"}');
  });

  it('goes to the legacy twice at first, whatever the share, so that a row does not begin with mismatches that are noise', async () => {
    await start({ settings: { noisePercent: 1 }, random: () => 0.5 });
    for (let asked = 1; asked <= 22; asked += 1) {
      await ask(get('/row'));
      await world.outcomes(asked);
    }
    assert.deepEqual([world.learned.length, world.legacy.seen.length], [20, 42]);
  });

  it('with a body is not copied', async () => {
    await start();
    assert.equal(await ask(get('/row', 'Content-Length: 2\r\n').concat('{}')), '200 legacy');
    assert.deepEqual(world.drops, [{ row: 'row', reason: 'read_with_body' }]);
    assert.equal(world.engine.seen.length, 0);
  });

  it('that is a HEAD reaches the engine as a GET that stands for it, since its reply has a body', async () => {
    await start();
    const client = await RawClient.connect(world.facade.port);
    assert.equal((await client.send('HEAD /row HTTP/1.1\r\nHost: h\r\n\r\n').answer('HEAD')).status, 200);
    client.socket.destroy();
    await world.outcomes(1);
    assert.equal(world.engine.seen[0]?.line, 'GET /row HTTP/1.1');
    assert.ok(world.engine.seen[0]?.headers.includes('x-facade-dry-run-method'));
    assert.equal(world.compared[0]?.request.method, 'HEAD');
  });
});

describe('a read at stages verify and engine', () => {
  let world: ShadowWorld;
  const start = async (options: Partial<ShadowWorldOptions> = {}): Promise<void> => {
    world = await startShadowWorld({ rows: [], engine: json({ from: 'engine' }), ...options });
  };
  afterEach(() => world.close());
  const ask = async (request: string): Promise<string> => {
    const { status, body } = await rawRequest(world.facade.port, request);
    return `${status} ${(JSON.parse(body.toString()) as { from?: string }).from}`;
  };

  for (const stage of ['verify', 'engine'] as const) {
    it(`${stage}: is answered by the engine; the legacy gets a plain copy`, async () => {
      await start({ rows: [{ id: 'row', match: 'GET|POST /row', stage }] });
      assert.equal(await ask(get('/row')), '200 engine');
      await world.outcomes(1);
      const names = (headers: readonly string[] = []) => headers.map((text) => text.toLowerCase());
      assert.deepEqual(names(world.legacy.seen[0]?.headers), names(world.engine.seen[0]?.headers));
      const [input] = world.compared;
      assert.equal(input?.answeredBy, 'engine');
      assert.ok(input?.legacy.outcome === 'answered' && input.engine.outcome === 'answered');
      assert.equal(input.legacy.answer.body.toString(), '{"from":"legacy"}');
      assert.equal(input.engine.answer.body.toString(), '{"from":"engine"}');
    });

    it(`${stage}: a write goes to the engine alone`, async () => {
      await start({ rows: [{ id: 'row', match: 'GET|POST /row', stage }] });
      assert.equal(await ask('POST /row HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}'), '200 engine');
      assert.equal(world.legacy.seen.length, 0);
      assert.deepEqual(world.drops, []);
    });
  }

  it('engine: only the share that the settings give to the way back', async () => {
    const chances = [0.019, 0.021];
    await start({
      rows: [{ id: 'row', match: 'GET /row', stage: 'engine', sample: 20 }],
      settings: { wayBackPercent: 10 },
      random: () => chances.shift() ?? 1,
    });
    await ask(get('/row'));
    await ask(get('/row'));
    await world.outcomes(1);
    assert.equal(world.legacy.seen.length, 1);
  });

  it('never sends the legacy a proof that may be used once: it answers the same request if the engine breaks', async () => {
    await start({ rows: [{ id: 'row', match: 'GET /row', stage: 'verify' }] });
    assert.equal(await ask(get('/row', 'DPoP: proof\r\n')), '200 engine');
    assert.deepEqual(world.drops, [{ row: 'row', reason: 'one_use_proof' }]);
    assert.equal(world.legacy.seen.length, 0);
  });

  it('is not copied where the row says that the legacy must not be asked again', async () => {
    await start({ rows: [{ id: 'row', match: 'GET /row', stage: 'verify', askLegacyAgain: false }] });
    await ask(get('/row'));
    assert.equal(world.legacy.seen.length, 0);
  });

  it('does not wait for a legacy that is gone', async () => {
    await start({ rows: [{ id: 'row', match: 'GET /row', stage: 'verify' }] });
    await world.legacy.close();
    assert.equal(await ask(get('/row')), '200 engine');
    await world.outcomes(1);
    assert.deepEqual(world.drops, [{ row: 'row', reason: 'legacy_unreachable' }]);
  });

  it('tells of an engine that broke, while the legacy answered in its place', async () => {
    await start({
      rows: [{ id: 'row', match: 'GET /row', stage: 'verify' }],
      engine: (_request, socket) => void socket.destroy(),
    });
    assert.equal(await ask(get('/row')), '200 legacy');
    await world.outcomes(1);
    assert.deepEqual(
      world.compared.map(({ engine, legacy }) => [engine.outcome, legacy.outcome]),
      [['failed', 'answered']],
    );
  });
});
