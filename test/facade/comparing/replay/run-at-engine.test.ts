import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { runAtEngine } from '../../../../src/facade/comparing/replay/run-at-engine.js';
import { engineTarget } from '../../../../src/facade/forwarding/side-target.js';
import { TEST_LIMITS } from '../../../kit/facade-under-test.js';
import { dryRunOf, envelope } from '../../../kit/shadow-world.js';
import { json, startUpstream, type Upstream } from '../../../kit/upstream.js';

const NEVER = new AbortController().signal;

describe('runAtEngine', () => {
  let engine: Upstream;
  let close: () => Promise<void>;
  afterEach(() => close());

  const run = async (
    method: string,
    answer: string | (() => string),
    told: unknown = { dry_run: '1' },
    signal = NEVER,
  ) => {
    engine = await startUpstream((request, socket) => {
      const isQuestion = request.line.includes('/engine/internal/routes');
      socket.write(Buffer.from(isQuestion ? json(told) : typeof answer === 'string' ? answer : answer(), 'latin1'));
    });
    const target = engineTarget({ url: engine.origin }, TEST_LIMITS);
    close = async () => {
      await target.close();
      await engine.close();
    };
    const body = Buffer.from(method === 'POST' ? '{"a":1}' : '');
    return runAtEngine(target)({ method, target: '/row?x=1', headers: [['accept', '*/*']], body }, signal);
  };
  const sent = () => {
    const { line, headers } = engine.seen[1] ?? assert.fail('nothing was sent');
    const own = headers.flatMap((name, at) => (name.startsWith('x-facade-') ? [[name, headers[at + 1]]] : []));
    return [line, own];
  };

  it('asks for a dry run and tells its answer and what could not be seen', async () => {
    const reply = await run('POST', dryRunOf({ notSeen: ['rows of the table x'] }));
    assert.ok(reply.outcome === 'run');
    assert.equal(reply.answer.body.toString(), '{"from":"engine"}');
    assert.deepEqual(reply.notSeen, ['rows of the table x']);
    assert.deepEqual(sent(), ['POST /row?x=1 HTTP/1.1', [['x-facade-dry-run', '1']]]);
    assert.equal(engine.seen[1]?.body.toString(), '{"a":1}');
  });

  it('asks for a HEAD as the GET that stands for it', async () => {
    assert.equal((await run('HEAD', dryRunOf())).outcome, 'run');
    assert.deepEqual(sent(), [
      'GET /row?x=1 HTTP/1.1',
      [
        ['x-facade-dry-run', '1'],
        ['x-facade-dry-run-method', 'HEAD'],
      ],
    ]);
  });

  it('sends nothing to an engine that would execute it', async () => {
    const reply = await run('POST', json({ done: true }), { routes: [] });
    assert.deepEqual(reply, { outcome: 'no-answer', why: 'what answers there makes no dry runs' });
    assert.equal(engine.seen.length, 1);
  });

  it('sends nothing once its caller has left', async () => {
    const reply = await run('POST', dryRunOf(), undefined, AbortSignal.abort());
    assert.equal(reply.outcome, 'no-answer');
    assert.equal(engine.seen.length, 0);
  });

  it('gives a run up when its caller leaves', async () => {
    const left = new AbortController();
    const leave = (): string => {
      left.abort();
      return '';
    };
    assert.match(JSON.stringify(await run('POST', leave, undefined, left.signal)), /client_gone/);
    while (engine.sockets.size === engine.connections()) await turn();
  });

  it('tells why the engine did not run it', async () => {
    const refused = {
      outcome: 'not-run',
      reason: 'not_dry_runnable',
      detail: 'it calls out',
      ms: 1,
      lockMs: 0,
    } as const;
    assert.deepEqual(await run('POST', envelope(refused)), { outcome: 'no-answer', why: 'it calls out' });
  });
});
