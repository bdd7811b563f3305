import assert from 'node:assert/strict';
import { type AdminFixture, startAdmin, TABLE } from './admin-fixture.js';

const RETIRED = TABLE.replace('GET /health, stage: legacy', 'GET /health, stage: retired');

describe('POST /override', () => {
  let admin: AdminFixture;
  before(async () => {
    admin = await startAdmin();
  });
  after(() => admin.close());

  const make = async (body: object, where = admin) =>
    where.call('POST', '/override', { body: { row: 'health', side: 'engine', why: 'try', ...body } });
  const audited = async () => {
    const { body } = await admin.call('GET', '/audit?limit=1');
    return (body.entries as Record<string, unknown>[])[0] ?? {};
  };
  const explain = async (path: string, header: string) => {
    const [name = '', value = ''] = header.split(': ');
    const { body } = await admin.call('POST', '/explain', {
      body: { method: 'GET', path, headers: { [name]: value } },
    });
    return body;
  };

  it('signs a header, moves nothing, and tells the audit who and why but not the signature', async () => {
    const { status, body } = await make({ seconds: 60, who: 'kim', why: 'first look' });
    assert.equal(status, 200);
    assert.match(String(body.header), /^X-Facade-Override: v1;engine;health;\d+;[0-9a-f]{64}$/);
    assert.ok(Date.parse(String(body.until)) - Date.now() <= 60_000);
    assert.deepEqual(body.warnings, []);
    assert.equal(admin.table.current().version, 1);
    const { at: _at, ...entry } = await audited();
    assert.deepEqual(entry, {
      who: 'kim via admin API',
      action: 'override',
      detail: `requests of health to the engine, until ${String(body.until)}`,
      why: 'first look',
    });
  });

  it('lasts ten minutes unless told otherwise, and a day at most', async () => {
    const { body } = await make({});
    const left = Date.parse(String(body.until)) - Date.now();
    assert.ok(left > 590_000 && left <= 600_000, String(left));
    for (const seconds of [0, 86_401, 1.5])
      assert.equal((await make({ seconds })).body.error, 'request_invalid', String(seconds));
  });

  it('is explained: who answers by it, or why it is ignored', async () => {
    const { body } = await make({});
    const header = String(body.header);
    const good = await explain('/health', header);
    assert.deepEqual([good.side, good.stage, good.mayFallBack], ['engine', 'legacy', false]);
    assert.match(String(good.reason), /an override until \S+Z names the engine for it, whatever its stage/);
    const other = await explain('/elsewhere', header);
    assert.equal(other.side, 'legacy');
    assert.match(String(other.reason), /its override is ignored \(other_row\): it is for another row$/);
    const bad = await explain('/health', header.replace('engine', 'legacy'));
    assert.match(String(bad.reason), /at stage legacy the legacy answers; its override is ignored \(signature\)/);
  });

  it('refuses rows that there are not, and says what a group is', async () => {
    const unknown = await make({ row: 'nope' });
    assert.deepEqual([unknown.status, unknown.body.error], [404, 'row_unknown']);
    const group = await make({ row: 'enrollment' });
    assert.equal(group.status, 404);
    assert.match(String(group.body.reason), /is a group; .* one of its rows: enroll-start, enroll-poll/);
  });

  it('refuses what a flip would be refused: an engine that is not fit', async () => {
    admin.state.unfit = 'The engine does not serve GET /health yet.';
    try {
      const { status, body } = await make({});
      assert.deepEqual([status, body.error, body.reason], [409, 'override_refused', admin.state.unfit]);
      assert.equal((await make({ side: 'legacy' })).status, 200, 'ways back are not asked about');
    } finally {
      admin.state.unfit = undefined;
    }
  });

  it('refuses the default row to the engine, of which nobody knows what it serves there', async () => {
    const { status, body } = await make({ row: 'default' });
    assert.deepEqual([status, body.error], [409, 'override_refused']);
    assert.equal((await make({ row: 'default', side: 'legacy' })).status, 200);
  });

  it('refuses a retired row to the legacy', async () => {
    const retired = await startAdmin(RETIRED);
    try {
      const { body } = await make({ side: 'legacy' }, retired);
      assert.match(String(body.reason), /health is retired/);
      assert.equal((await make({}, retired)).status, 200);
    } finally {
      await retired.close();
    }
  });

  it('says what to mind: writes, shared memory, an engine that nobody could ask', async () => {
    const { body } = await make({ row: 'enroll-poll' });
    assert.match(
      (body.warnings as string[]).join('\n'),
      /executes writes for real.*\n.*rows of group enrollment share/,
    );
    admin.state.engineSilent = true;
    try {
      const silent = await make({});
      assert.match((silent.body.warnings as string[]).join('\n'), /database of its own\n.*could not be asked/);
    } finally {
      admin.state.engineSilent = false;
    }
  });

  it('signs nothing that the audit does not know of', async () => {
    const broken = await startAdmin();
    try {
      broken.store.close();
      const { status, body } = await make({}, broken);
      assert.deepEqual([status, body.error, 'header' in body], [503, 'audit_write_failed', false]);
    } finally {
      await broken.close().catch(() => undefined);
    }
  });
});
