import assert from 'node:assert/strict';
import { engineTarget, type SideTarget } from '../../../src/facade/forwarding/side-target.js';
import { DryRunEngine, knowsDryRuns } from '../../../src/facade/shadowing/dry-run-engine.js';
import { TEST_LIMITS } from '../../kit/facade-under-test.js';
import { recordingLog, silentLog } from '../../kit/silent-log.js';
import { json, startUpstream } from '../../kit/upstream.js';

/** Never dialled: these tests say themselves what the engine told. */
const target = engineTarget({ socketPath: '/nowhere' }, TEST_LIMITS);

describe('DryRunEngine', () => {
  const deferred = () => {
    const answers: ((knows: boolean) => void)[] = [];
    const knows = () => new Promise<boolean>((resolve) => answers.push(resolve));
    return { answers, knows };
  };

  it('gives out no engine before it is ready and said that it knows dry runs', async () => {
    const { answers, knows } = deferred();
    const engine = new DryRunEngine({ target, knows, log: silentLog });
    assert.equal(engine.now(), 'engine_unreachable');
    engine.changed(true);
    assert.equal(engine.now(), undefined);
    answers[0]?.(true);
    assert.equal(await engine.settled(), target);
    assert.equal(engine.now(), target);
    engine.changed(false);
    assert.equal(engine.now(), 'engine_unreachable');
  });

  it('gives out none that knows no dry runs, and says so', async () => {
    const log = recordingLog();
    const engine = new DryRunEngine({ target, knows: async () => false, log });
    engine.changed(true);
    assert.equal(await engine.settled(), 'engine_no_dry_run');
    assert.deepEqual(
      log.entries.map(({ level, message }) => [level, message]),
      [['warn', 'engine knows no dry runs']],
    );
  });

  it('does not take the word of an engine that is no more for the next one', async () => {
    const { answers, knows } = deferred();
    const engine = new DryRunEngine({ target, knows, log: silentLog });
    engine.changed(true);
    engine.changed(false);
    engine.changed(true);
    answers[0]?.(true);
    answers[1]?.(false);
    assert.equal(await engine.settled(), 'engine_no_dry_run');
  });

  it('asks again where it got no answer', async () => {
    let asked = 0;
    const again = new Promise<void>((resolve) => {
      const knows = async (): Promise<boolean> => {
        asked += 1;
        if (asked === 1) throw new Error('no answer');
        resolve();
        return true;
      };
      const engine = new DryRunEngine({ target, knows, log: silentLog, againMs: 1 });
      engine.changed(true);
    });
    await again;
    assert.equal(asked, 2);
  });

  it('has nothing to ask where no engine takes dry runs', async () => {
    const engine = new DryRunEngine({ target: 'engine_no_dry_run', knows: async () => true, log: silentLog });
    engine.changed(true);
    assert.equal(engine.now(), 'engine_no_dry_run');
    assert.equal(await engine.settled(), 'engine_no_dry_run');
  });
});

describe('knowsDryRuns', () => {
  const asked = async (answer: string): Promise<boolean> => {
    const upstream = await startUpstream(answer);
    const engine: SideTarget = engineTarget({ url: upstream.origin }, TEST_LIMITS);
    try {
      return await knowsDryRuns(engine);
    } finally {
      assert.deepEqual(
        upstream.seen.map(({ line }) => line),
        ['GET /engine/internal/routes HTTP/1.1'],
      );
      await engine.close();
      await upstream.close();
    }
  };

  it('believes the version that it speaks, and no other word', async () => {
    assert.equal(await asked(json({ routes: [], dry_run: '1' })), true);
    for (const told of [{ routes: [] }, { dry_run: '2' }, { dry_run: 1 }, null])
      assert.equal(await asked(json(told)), false);
    assert.equal(await asked(json({ dry_run: '1' }, '404 Not Found')), false);
    assert.equal(await asked('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'), false);
  });
});
