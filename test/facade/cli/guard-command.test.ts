import assert from 'node:assert/strict';
import { holdDown } from '../../kit/hold-down.js';
import { type RunningAdmin, startAdminForCli } from './cli-fixture.js';

describe('facade guard', () => {
  let facade: RunningAdmin;
  beforeEach(async () => {
    facade = await startAdminForCli();
  });
  afterEach(() => facade.close());

  const hold = () => facade.holds.begin(holdDown({ target: 'enrollment', row: 'enroll-poll', to: 'shadow' }));

  it('lists watched rows with their counts, and says that nothing is held', async () => {
    const { exit, out } = await facade.cli(['guard']);
    assert.equal(exit, 0);
    assert.match(out, /^ROW +STAGE +REQUESTS +ERRORS +TIMEOUTS +MISMATCHES +LEGACY BEFORE +WINDOW$/m);
    assert.match(
      out,
      /^devices +canary +0 \(too few: 20 needed\) +0 \(5% allowed\) +0 \(5% allowed\) +0 \(5% allowed\) +unknown +60 s, 20 or more$/m,
    );
    assert.match(out, /^nothing is held back$/m);
    const json = JSON.parse((await facade.cli(['guard', '--json'])).out);
    assert.deepEqual([json.rows[0].row, json.rows[0].limits.holdDownMs, json.holds], ['devices', 900_000, []]);
  });

  it('tells of rows that are held, here, in routes and in the refusal of a flip', async () => {
    hold();
    assert.match(
      (await facade.cli(['guard'])).out,
      /^enrollment was moved back from engine to shadow and is held until 2/m,
    );
    assert.match((await facade.cli(['routes'])).out, /^legacy held until 2\S+Z \(not served\) +enroll-start /m);
    const flip = await facade.cli(['flip', 'enrollment', 'engine', '--why', 'x']);
    assert.equal(flip.exit, 3);
    assert.match(flip.err, /holds it there until .*facade guard release/s);
    const forced = await facade.cli(['flip', 'enrollment', 'engine', '--why', 'x', '--force']);
    assert.equal(forced.exit, 0, forced.err);
    assert.deepEqual(facade.holds.list(), [], 'who forces has taken over');
  });

  it('releases what is held, in the name of the user and with a reason', async () => {
    hold();
    const { exit, out } = await facade.cli(['guard', 'release', 'enrollment', '--why', 'mended']);
    assert.equal(exit, 0);
    assert.match(out, /^enrollment is released\. It is at shadow\.$/m);
    const [entry] = facade.store.audit.listAudit(1);
    assert.deepEqual([entry?.who, entry?.action, entry?.why], ['kim via admin API', 'guard-release', 'mended']);
    assert.match(entry?.detail ?? '', /^enrollment, held until \S+ over row enroll-poll: 7 of 20 requests/);
    const again = await facade.cli(['guard', 'release', 'enrollment', '--why', 'x']);
    assert.equal(again.exit, 3);
    assert.match(again.err, /holds no row or group "enrollment" back/);
  });

  it('is told of in status', async () => {
    const { out } = await facade.cli(['status']);
    assert.match(out, /^guard +watches 3 rows, 1 moved back and held, 1 can't be moved back$/m);
    assert.match(
      out,
      /^ {2}enrollment was moved back from engine to shadow and is held until 2026-01-01T00:15:00\.000Z: 7 of 20/m,
    );
    assert.match(out, /^ {2}details should go back and can't: the legacy does not answer$/m);
  });
});
