/** Writes at shadow: the engine dry-runs them, the legacy executes them once, and nothing that the engine does costs the client. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { EffectsError } from '../../src/legacy-bridge/effects/effects-error.js';
import type { EffectsObserver } from '../../src/legacy-bridge/effects/effects-observer.js';
import { RawClient, rawRequest } from '../kit/raw-http.js';
import {
  dryRunOf,
  envelope,
  type ShadowWorld,
  type ShadowWorldOptions,
  startShadowWorld,
} from '../kit/shadow-world.js';
import { json } from '../kit/upstream.js';

const post = (body = '{"a":1}', headers = ''): string =>
  `POST /row HTTP/1.1\r\nHost: h\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
const chunked = (...pieces: string[]): string =>
  `POST /row HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n${pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('')}0\r\n\r\n`;

describe('a write at stage shadow', () => {
  let world: ShadowWorld;
  const start = async (options: Partial<ShadowWorldOptions> = {}): Promise<void> => {
    world = await startShadowWorld({ rows: [{ id: 'row', match: '* /row', stage: 'shadow' }], ...options });
  };
  afterEach(() => world.close());

  const ask = async (request: string): Promise<string> => {
    const { status, body } = await rawRequest(world.facade.port, request);
    return `${status} ${(JSON.parse(body.toString()) as { from?: string }).from}`;
  };
  const reasons = () => world.drops.map(({ reason }) => reason);
  const bodies = () => world.legacy.seen.map(({ body }) => body.toString());

  it('is dry-run first, then executed once by the legacy with the same bytes, then compared with its effects', async () => {
    const order: string[] = [];
    const effects = {
      rows: [{ table: 't', rowId: 1, change: 'delete' as const, before: { a: 1 }, after: undefined }],
      events: [],
      calls: [],
    };
    await start({
      legacy: (_request, socket) => {
        order.push('legacy');
        socket.write(json({ from: 'legacy' }));
      },
      engine: (_request, socket) => {
        order.push('engine');
        socket.write(Buffer.from(dryRunOf({ effects }), 'latin1'));
      },
    });
    assert.equal(await ask(post('{"a":1}', 'X-Request-Id: abc\r\n')), '200 legacy');
    await world.outcomes(1);
    assert.deepEqual(order, ['engine', 'legacy']);
    assert.deepEqual(bodies(), ['{"a":1}']);
    assert.equal(world.engine.seen[0]?.body.toString(), '{"a":1}');
    const [input] = world.compared;
    assert.equal(input?.kind, 'write');
    assert.equal(input?.request.body.toString(), '{"a":1}');
    assert.equal(input?.request.requestId, 'abc');
    assert.deepEqual(
      input?.effects?.engine.rows.map(({ table, change }) => [table, change]),
      [['t', 'delete']],
    );
    assert.equal(input?.effects?.legacy.disturbed, false);
    assert.deepEqual(world.dryRuns, ['answered']);
    assert.deepEqual(world.snapshots, { taken: 1, ended: 1 });
  });

  it('without a body is compared too', async () => {
    await start();
    assert.equal(await ask('DELETE /row HTTP/1.1\r\nHost: h\r\n\r\n'), '200 legacy');
    await world.outcomes(1);
    assert.equal(world.compared.length, 1);
    assert.equal(world.engine.seen[0]?.line, 'DELETE /row HTTP/1.1');
  });

  it('in chunks reaches both sides in chunks', async () => {
    await start();
    assert.equal(await ask(chunked('{"a"', ':1}')), '200 legacy');
    await world.outcomes(1);
    for (const { body, headers } of [world.legacy.seen[0], world.engine.seen[0]].flatMap((one) => one ?? [])) {
      assert.equal(body.toString(), '{"a":1}');
      assert.ok(headers.some((text) => text.toLowerCase() === 'transfer-encoding'));
    }
    assert.equal(world.compared.length, 1);
  });

  it('goes on without a dry run that hangs, and soon without asking for one', async () => {
    await start({ engine: () => undefined, settings: { dryRunTimeoutMs: 50 } });
    for (let nth = 1; nth <= 5; nth += 1) {
      assert.equal(await ask(post(String(nth))), '200 legacy');
    }
    assert.deepEqual(reasons(), [
      'engine_timeout',
      'engine_timeout',
      'engine_timeout',
      'engine_breaker',
      'engine_breaker',
    ]);
    assert.deepEqual(bodies(), ['1', '2', '3', '4', '5']);
    assert.equal(world.engine.seen.length, 3);
    await world.shadowing.close();
    assert.deepEqual(world.snapshots, { taken: 3, ended: 3 });
    assert.deepEqual(world.facade.recorded.breakers, []);
  });

  it('goes on where the engine is killed, breaks, is busy, or answers as to a client', async () => {
    await start({ engineAt: 'engine_unreachable' });
    assert.equal(await ask(post()), '200 legacy');
    assert.deepEqual(reasons(), ['engine_unreachable']);
    await world.close();

    await start();
    await world.engine.close();
    assert.equal(await ask(post()), '200 legacy');
    assert.deepEqual(reasons(), ['engine_unreachable']);
    assert.deepEqual(bodies(), ['{"a":1}']);
    await world.close();

    await start({ engine: (_request, socket) => void socket.destroy() });
    assert.equal(await ask(post()), '200 legacy');
    await world.outcomes(1);
    assert.deepEqual(
      world.compared.map(({ engine, effects }) => [engine.outcome === 'failed' && engine.code, effects]),
      [['engine_closed_early', undefined]],
    );
    await world.close();

    await start({ engine: envelope({ outcome: 'not-run', reason: 'lock_timeout', detail: '', ms: 1, lockMs: 1 }) });
    assert.equal(await ask(post()), '200 legacy');
    assert.deepEqual(reasons(), ['engine_busy']);
    assert.deepEqual(bodies(), ['{"a":1}']);
    await world.close();

    await start({ engine: json({ from: 'engine' }) });
    assert.equal(await ask(post()), '200 legacy');
    assert.deepEqual(reasons(), ['engine_no_dry_run']);
  });

  it('goes on where effects can not be seen', async () => {
    const failing: EffectsObserver = {
      isFull: () => false,
      open: async () => {
        throw new EffectsError('database_absent', 'no such file');
      },
      close: async () => undefined,
    };
    for (const observer of ['none', failing] as const) {
      await start({ observer });
      assert.equal(await ask(post()), '200 legacy');
      assert.deepEqual(reasons(), ['effects_unseen']);
      await world.close();
    }
    const lost: EffectsObserver = {
      isFull: () => false,
      open: async () => ({
        finish: async () => {
          throw new EffectsError('observation_expired', 'too old');
        },
        close: () => undefined,
      }),
      close: async () => undefined,
    };
    await start({ observer: lost });
    assert.equal(await ask(post()), '200 legacy');
    await world.outcomes(1);
    assert.deepEqual(reasons(), ['effects_unseen']);
  });

  it('with a large body streams on: announced, nothing of it is kept; in chunks, its beginning goes first', async () => {
    const large = 'x'.repeat(200_000);
    await start();
    assert.equal(await ask(post(large)), '200 legacy');
    assert.equal(
      await ask(chunked(large.slice(0, 50_000), large.slice(50_000, 90_000), large.slice(90_000))),
      '200 legacy',
    );
    assert.deepEqual(reasons(), ['request_too_large', 'request_too_large']);
    assert.deepEqual(bodies(), [large, large]);
    assert.equal(world.engine.seen.length, 0);
    assert.equal(world.shadowing.state().bufferedBytes, 0);
  });

  it('whose body comes slowly is forwarded as it comes', async () => {
    await start({ settings: { bodyWaitMs: 40 } });
    const client = await RawClient.connect(world.facade.port);
    client.send('POST /row HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc');
    await world.outcomes(1);
    client.send('def');
    assert.equal((await client.answer()).status, 200);
    client.socket.destroy();
    assert.deepEqual(reasons(), ['request_slow']);
    assert.deepEqual(bodies(), ['abcdef']);
    assert.equal(world.engine.seen.length, 0);
  });

  it('whose client stops within its body is refused as ever', async () => {
    await start({ settings: { bodyWaitMs: 20 }, facade: { limits: { idleBodyMs: 100 } } });
    const client = await RawClient.connect(world.facade.port);
    client.send('POST /row HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc');
    assert.equal((await client.answer()).status, 408);
    client.socket.destroy();
  });

  it('whose client waits for 100 Continue gets it from the side, without a dry run', async () => {
    await start();
    const client = await RawClient.connect(world.facade.port);
    client.send('POST /row HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
    await client.until((text) => text.includes('100 Continue'));
    client.send('{}');
    await client.until((text) => text.includes('"legacy"'));
    client.socket.destroy();
    assert.deepEqual(reasons(), ['request_expects']);
    assert.deepEqual(bodies(), ['{}']);
  });

  it('whose client leaves during its dry run does not reach the legacy any more', async () => {
    await start({ engine: () => undefined, settings: { dryRunTimeoutMs: 150 } });
    const client = await RawClient.connect(world.facade.port);
    client.send(post());
    await world.engine.request(1);
    client.socket.destroy();
    await world.outcomes(1);
    await pause(20);
    assert.equal(world.legacy.seen.length, 0);
    assert.deepEqual(
      world.facade.recorded.finished.map(({ status }) => status),
      [499],
    );
    await pause(50);
    assert.deepEqual(world.snapshots.taken, world.snapshots.ended);
  });

  it('whose client leaves while the legacy works is not compared', async () => {
    await start({ legacy: () => undefined });
    const client = await RawClient.connect(world.facade.port);
    client.send(post());
    await world.legacy.request(1);
    client.socket.destroy();
    await world.outcomes(1);
    assert.deepEqual(reasons(), ['client_gone']);
    assert.deepEqual(world.snapshots, { taken: 1, ended: 1 });
  });

  it('that the legacy fails is told, and not sent again', async () => {
    await start({ legacy: (_request, socket) => void socket.destroy() });
    const { status } = await rawRequest(world.facade.port, post());
    assert.equal(status, 502);
    await world.outcomes(1);
    assert.equal(world.legacy.seen.length, 1);
    assert.deepEqual(
      world.compared.map(({ legacy }) => legacy.outcome === 'failed' && legacy.code),
      ['legacy_closed_early'],
    );
    assert.deepEqual(world.snapshots, { taken: 1, ended: 1 });
  });

  it('beside another one is marked as disturbed when rows were seen to change', async () => {
    const row = { table: 'devices', rowId: 1, change: 'insert', before: undefined, after: { guid: 'G' } } as const;
    const seen = { effects: { rows: [row], events: [], calls: [] }, disturbed: false, notSearched: [] };
    await start({
      observer: {
        isFull: () => false,
        open: async () => ({ finish: async () => ({ ...seen, eventsSeen: false }), close: () => undefined }),
        close: async () => undefined,
      },
      legacy: async (request, socket) => {
        if (request.body.toString() === 'slow') await pause(150);
        socket.write(json({ from: 'legacy' }));
      },
      rows: [
        { id: 'row', match: '* /row', stage: 'shadow' },
        { id: 'other', match: '* /other', stage: 'legacy' },
      ],
    });
    const slow = ask(post('slow'));
    await world.legacy.request(1);
    await rawRequest(world.facade.port, 'POST /other HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n1');
    await slow;
    await world.outcomes(1);
    await ask(post('alone'));
    await world.outcomes(2);
    assert.deepEqual(
      world.compared.map(({ effects }) => effects?.legacy.disturbed),
      [true, false],
    );
  });

  it('beyond the number of dry runs goes on without one', async () => {
    await start({ engine: () => undefined, settings: { dryRuns: 1, dryRunTimeoutMs: 200 } });
    const first = ask(post('first'));
    await world.engine.request(1);
    assert.equal(await ask(post('second')), '200 legacy');
    assert.deepEqual(reasons(), ['in_flight']);
    assert.deepEqual(bodies(), ['second']);
    await first;
    assert.deepEqual(bodies(), ['second', 'first']);
  });

  it('of a client outside a canary is compared as at shadow; of one inside, the engine executes it', async () => {
    const canary = (percent: number) => [
      { id: 'row', match: '* /row', stage: 'canary' as const, canary: { percent, by: 'address' as const } },
    ];
    await start({ rows: canary(0) });
    assert.equal(await ask(post()), '200 legacy');
    await world.outcomes(1);
    assert.equal(world.compared[0]?.answeredBy, 'legacy');
    await world.close();
    await start({ rows: canary(100), engine: json({ from: 'engine' }) });
    assert.equal(await ask(post()), '200 engine');
    assert.equal(world.legacy.seen.length, 0);
  });
});
