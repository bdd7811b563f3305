import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReplayReport } from '../../../src/facade/comparing/replay/replay-pairs.js';
import { type ComparisonParts, comparisonOf, difference, resultOf } from '../comparing/store/store-fixture.js';
import { type RunningAdmin, startAdminForCli } from './cli-fixture.js';

describe('The command line, with comparisons', () => {
  let admin: RunningAdmin;
  beforeEach(async () => {
    admin = await startAdminForCli();
    await admin.cli(['flip', 'health', 'shadow', '--why', 'begin']);
    await admin.cli(['flip', 'enrollment', 'shadow', '--why', 'begin']);
  });
  afterEach(() => admin.close());

  const record = (id: string, parts: ComparisonParts = {}, times = 1): void => {
    const row = admin.table.current().routes.find((one) => one.id === id);
    assert.ok(row);
    const whole = { row, at: Date.now(), ...parts };
    for (let time = 0; time < times; time += 1) admin.comparisons.record(comparisonOf(whole), resultOf(whole));
  };
  const json = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { exit, out, err } = await admin.cli(['--json', ...args]);
    assert.equal(exit, 0, err);
    return JSON.parse(out);
  };

  it('compare says how to begin when nothing was compared', async () => {
    await admin.cli(['rollback', '--to', '1', '--why', 'none']);
    await admin.cli(['flip', 'devices', 'legacy', '--why', 'none']);
    const { exit, out } = await admin.cli(['compare']);
    assert.equal(exit, 0);
    assert.match(out, /Nothing was compared yet\. Begin with: facade flip ROW shadow/);
  });

  it('compare lists rows with rate, interval, mismatches, coverage, latency, and what is missing', async () => {
    record('health', { legacyMs: 12, engineMs: 3 }, 98);
    record('health', { differences: [difference('body.a'), difference('status', 'status')] }, 2);
    record('health', { reason: 'disturbed' });
    const { exit, out } = await admin.cli(['compare']);
    assert.equal(exit, 0);
    const line = out.split('\n').find((one) => one.startsWith('health'));
    assert.match(
      line ?? '',
      /health +shadow +100 +98 % +92\.9 % to 99\.75 % +2 \((status|value) 2, (status|value) 2\), 1 inconclusive +1 of 1 +1 of 1 +12 ms \/ 2\.9 ms +12 ms \/ 4\.1 ms +canary: 2 missing/,
    );
    assert.match(
      out,
      /health lacks for canary:\n {2}100 conclusive comparisons of at least 500\n {2}mismatch rate: at most .* \(2 of 100\), must be below 1 %/,
    );
  });

  it('compare, promote and ignore know the rows of events', async () => {
    await admin.cli(['flip', 'event:macro_status', 'shadow', '--why', 'x']);
    // Of a tunnel nobody sees the events.
    assert.match((await admin.cli(['compare'])).out, /^Not compared, .*: event:macro_status$/m);
    const one = await admin.cli(['compare', 'event:macro_status']);
    assert.equal(one.exit, 0, one.err);
    const refused = await admin.cli(['promote', 'event:macro_status', '--percent', '5']);
    assert.equal(refused.exit, 3);
    assert.match(refused.err, /event:macro_status: 0 conclusive comparisons of at least/);
    const forced = await admin.cli(['promote', 'event:macro_status', '--percent', '5', '--force', '--why', 'a relay']);
    assert.equal(forced.exit, 0, forced.err);
    assert.match(forced.out, /^event:macro_status +shadow +canary 5 % by address/m);
  });

  it('compare ROW tells all of one row, and every path in --json', async () => {
    record('health', { differences: [difference('body.list[3].name')] });
    record('health', { verdict: 'ignored', used: [{ by: 'rule', rule: 'body.clock', count: 2 }] });
    admin.comparisons.dropped('health', 'queue_full');
    const { out } = await admin.cli(['compare', 'health']);
    for (const part of [
      /GATE\nmissing {2}/,
      /MISMATCHES\n.*\n1 +value +body\.list\[\*\]\.name/,
      /PASSED OVER\n.*\n2 +rule +body\.clock/,
      /NOT COMPARED\n.*\n1 +queue_full/,
      /STATUS CLASSES/,
      /CALLERS/,
      /PARAMETERS/,
    ])
      assert.match(out, part);
    const { evidence } = (await json('compare', 'health')) as { evidence: { counts: object } };
    assert.deepEqual(evidence.counts, { match: 0, ignored: 1, mismatch: 1, inconclusive: 0 });
    const unknown = await admin.cli(['compare', 'nobody']);
    assert.equal(unknown.exit, 3);
    assert.match(unknown.err, /no row "nobody"/);
  });

  it('compare --export gives one JSON line a row', async () => {
    record('health');
    const { out } = await admin.cli(['compare', '--export']);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { summary: { row: string } });
    assert.ok(lines.some(({ summary }) => summary.row === 'health'));
  });

  it('mismatches groups by row and path, and filters', async () => {
    record('health', { differences: [difference('body.a')] }, 3);
    record('health', { differences: [difference('headers.etag', 'header')] });
    const all = await admin.cli(['mismatches']);
    assert.match(all.out, /health +3 +value +body\.a +\d+ .*\nhealth +1 +header +headers\.etag +\d+ /);
    const some = await admin.cli(['mismatches', 'health', '--path', 'headers']);
    assert.doesNotMatch(some.out, /body\.a/);
    assert.match((await admin.cli(['mismatches', 'devices'])).out, /^no mismatches$/m);
  });

  it('mismatches and compare tell the rare ones beside a hundred frequent ones', async () => {
    for (let at = 0; at < 24; at += 1)
      record('health', { differences: [0, 1, 2, 3, 4].map((part) => difference(`body.f${at * 5 + part}`)) }, 2);
    record('health', { differences: [difference('status', 'status')] });
    assert.match((await admin.cli(['mismatches', '--path', 'status'])).out, /^health +1 +status +status +(?:\d+|-) /m);
    assert.match((await admin.cli(['compare'])).out, /^health .* 49 \(value 240, status 1\)/m);
  });

  it('mismatches --export gives every kept mismatch whole, without secrets', async () => {
    for (let at = 0; at < 25; at += 1) {
      record('health', { differences: [difference(`body.f${at}`)], answer: '{"key":"planted-secret"}' });
    }
    const { out } = await admin.cli(['mismatches', '--export']);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { pair: { legacy: object } });
    assert.equal(lines.length, 25);
    assert.doesNotMatch(out, /planted-secret/);
    assert.match(JSON.stringify(lines[0]?.pair.legacy), /redacted:word/);
  });

  it('show puts both sides beside each other', async () => {
    const effects = (name: string) =>
      ({
        rows: [
          { table: 'devices', rowId: 1, change: 'update', before: { hostname: 'old' }, after: { hostname: name } },
        ],
        events: [],
        calls: [],
      }) as const; // prettier-ignore
    record('enroll-start', {
      method: 'POST',
      differences: [difference('body.hostname'), difference('rows.devices[1].hostname')],
      answer: '{"hostname":"one","same":[1.0,2]}',
      engineAnswer: '{"hostname":"two","same":[1.0,2]}',
      effects: {
        legacy: { effects: effects('one'), disturbed: false, notSearched: [], eventsSeen: false },
        engine: effects('two'),
      },
    });
    const { groups } = (await json('mismatches')) as { groups: { newest: number }[] };
    const { out, exit } = await admin.cli(['show', String(groups[0]?.newest)], { tty: true });
    assert.equal(exit, 0);
    assert.match(out, /"hostname":"one".*\|.*"hostname":"two"/);
    assert.match(out, /1\.0,/);
    assert.match(out, /hostname: "one".*\|.*hostname: "two"/);
    assert.ok(out.includes('\u001b[31m'), 'no colour');
    const none = await admin.cli(['show', '999']);
    assert.equal(none.exit, 3);
    assert.match(none.err, /No comparison 999 is kept/);
  });

  it('show tells how much was passed over beyond what it lists, and which rules would have if they had not expired', async () => {
    const row = admin.table.current().routes.find(({ id }) => id === 'health') ?? assert.fail('no row');
    const rule = { by: 'rule', rule: 'body.clock' } as const;
    admin.comparisons.record(comparisonOf({ row, at: Date.now() }), {
      ...resultOf({ differences: [difference('body.old')], used: [{ ...rule, count: 321 }] }),
      passed: [{ ...difference('body.clock'), ...rule, why: 'a clock' }],
      untold: { differences: 0, passed: 320 },
      expiredRules: ['body.old'],
    });
    const { out } = await admin.cli(['show', '1']);
    assert.match(out, /a clock\nand 320 more; in all: rule body\.clock 321$/m);
    assert.match(out, /EXPIRED RULES.*\nbody\.old$/m);
  });

  it('shows no control characters that came from anybody', async () => {
    record('health', {
      target: '/x?\u001b[2J',
      differences: [difference('body.\u001b[31m')],
      answer: '"\u001b]0;x\u0007"',
    });
    const { out } = await admin.cli(['show', '1']);
    const { out: list } = await admin.cli(['mismatches']);
    for (const control of ['\u001b', '\u0007']) assert.ok(!(out + list).includes(control));
  });

  it('replay says how many are gone, is audited, and fails while any is not', async () => {
    record('health', { differences: [difference('body.a')] });
    const report = (outcome: 'gone' | 'still' | 'untellable' | 'no_answer'): ReplayReport => ({
      counts: { gone: 0, still: 0, elsewhere: 0, not_replayable: 0, untellable: 0, no_answer: 0, [outcome]: 1 },
      replayed: [{ id: 1, row: 'health', method: 'GET', target: '/health', outcome, detail: 'value body.a' }],
      notRun: outcome === 'gone' ? 2 : 0,
    });
    const refused = await admin.cli(['replay']);
    assert.deepEqual([refused.exit, refused.err.includes('takes dry runs only')], [3, true]);
    admin.state.replay = async (pairs) => report(pairs.length === 1 ? 'still' : 'gone');
    const still = await admin.cli(['replay', 'health']);
    assert.equal(still.exit, 1);
    assert.match(still.out, /1 +health +still there +GET \/health +value body\.a/);
    admin.state.replay = async () => report('gone');
    const gone = await admin.cli(['replay']);
    assert.equal(gone.exit, 1);
    assert.match(gone.out, /1 gone, 2 not run for lack of time/);
    const exits: number[] = [];
    for (const outcome of ['untellable', 'no_answer'] as const) {
      admin.state.replay = async () => report(outcome);
      exits.push((await admin.cli(['replay'])).exit);
    }
    // An engine that does not answer has mended nothing.
    assert.deepEqual(exits, [0, 1]);
    const { entries } = (await json('audit')) as { entries: { action: string; who: string; detail: string }[] };
    const replays = entries.filter(({ action }) => action === 'replay');
    assert.equal(replays.length, 4);
    assert.match(replays[0]?.who ?? '', /^kim via admin API/);
  });

  it('ignore refuses a rule that has expired, and evidence goes on', async () => {
    record('health', { differences: [difference('body.clock')] }, 3);
    const args = ['ignore', 'health', 'body.clock', '--why', 'a clock', '--owner', 'ann', '--expires', '2020-01-31'];
    const { exit, err } = await admin.cli(args);
    assert.equal(exit, 3);
    assert.match(err, /expires: expected a day that is still to come, found 2020-01-31/);
    const { evidence } = (await json('compare', 'health')) as { evidence: { counts: { mismatch: number } } };
    assert.equal(evidence.counts.mismatch, 3);
  });

  it('ignore adds a rule to the file, keeps its comments, and evidence begins anew', async () => {
    record('health', { differences: [difference('body.clock')] }, 3);
    const args = ['ignore', 'health', 'body.clock', '--why', 'a clock', '--owner', 'ann'];
    const { exit, out } = await admin.cli([...args, '--expires', '2099-01-31']);
    assert.equal(exit, 0);
    assert.match(out, /Version \d+ is in force\./);
    assert.match(out, /Evidence of the row begins anew, and once more when you undo it, with: facade rollback/);
    assert.match(
      readFileSync(join(admin.directory, 'table.yaml'), 'utf8'),
      /ignore: \[\{ path: "body\.clock", why: "a clock", owner: "ann", expires: 2099-01-31 \}\][\s\S]*# as far as we dare/,
    );
    const { evidence } = (await json('compare', 'health')) as { evidence: { period: null; earlier: object[] } };
    assert.deepEqual([evidence.period, evidence.earlier.length], [null, 1]);
    assert.match((await admin.cli(['audit'])).out, /Ignores body\.clock of health: a clock/);
    assert.equal((await admin.cli([...args, '--expires', 'soon'])).exit, 2);
    assert.equal((await admin.cli(args)).exit, 2);
  });

  it('promote refuses without evidence, and says what is missing', async () => {
    const { exit, err } = await admin.cli(['promote', 'health', '--percent', '5']);
    assert.equal(exit, 3);
    assert.match(err, /health is not ready for canary\.\n {2}health: 0 conclusive comparisons of at least 500/);
    assert.equal(admin.table.current().routes[0]?.stage, 'shadow');
  });

  it('promote moves a row for which the gate holds', async () => {
    record('health', {}, 600);
    const { exit, out } = await admin.cli(['promote', 'health', '--percent', '5']);
    assert.equal(exit, 0, out);
    assert.equal(admin.table.current().routes[0]?.stage, 'canary');
    assert.match((await admin.cli(['audit'])).out, /Promoted: the gate holds for the row\./);
  });

  it('promote --force needs a reason, and the audit says what was missing', async () => {
    assert.equal((await admin.cli(['promote', 'health', '--percent', '5', '--force'])).exit, 3);
    const { exit } = await admin.cli(['promote', 'health', '--percent', '5', '--force', '--why', 'we must']);
    assert.equal(exit, 0);
    const { out } = await admin.cli(['audit', '--json']);
    assert.match(out, /promote-forced[\s\S]*health to canary, without: health: 0 conclusive comparisons/);
    assert.match(out, /we must \(forced, \d conditions of the gate unmet\)/);
  });

  it('promotes a group only when each of its rows is ready', async () => {
    record('enroll-start', { method: 'POST' }, 600);
    const refused = await admin.cli(['promote', 'enrollment', '--percent', '5']);
    assert.equal(refused.exit, 3);
    assert.match(refused.err, /enroll-poll: 0 conclusive/);
    assert.doesNotMatch(refused.err, /enroll-start:/);
    assert.match((await admin.cli(['promote', 'enroll-poll'])).err, /moves with its group: promote enrollment/);
    record('enroll-poll', { method: 'POST' }, 600);
    assert.equal((await admin.cli(['promote', 'enrollment', '--percent', '5'])).exit, 0);
    // It was compared long enough, but nobody has seen the engine serve it.
    const unserved = await admin.cli(['promote', 'enrollment']);
    assert.equal(unserved.exit, 3);
    assert.match(unserved.err, /enroll-start: the engine has answered 0 requests at canary/);
    for (const id of ['enroll-start', 'enroll-poll'])
      for (let at = 0; at < 20; at += 1) admin.comparisons.answered(id, 'POST', 200, undefined, 'canary');
    // Nothing of a group that only writes would be compared at verify.
    assert.equal((await json('promote', 'enrollment')).version, admin.table.current().version);
    assert.equal(admin.table.current().groups.get('enrollment')?.stage, 'engine');
  });

  it('promote from legacy begins to compare, without evidence', async () => {
    await admin.cli(['flip', 'health', 'legacy', '--why', 'back']);
    assert.equal((await admin.cli(['promote', 'health'])).exit, 0);
    assert.equal(admin.table.current().routes[0]?.stage, 'shadow');
  });

  it('report leaves out no row of which all was dropped', async () => {
    record('health');
    admin.comparisons.dropped('devices', 'engine_timeout');
    const { out } = await admin.cli(['report', '--format', 'markdown']);
    assert.match(out, /^## devices$[\s\S]*engine\\_timeout/m);
    assert.match(
      out,
      /comparisons \| mismatch rate \| 95 % interval [\s\S]*^\| health \| .* \| 1 \| 0 % \| 0 % to 98 % \|/m,
    );
  });

  it('report writes one file without scripts or outside resources, everything escaped', async () => {
    record('health', {
      differences: [
        { kind: 'value', path: 'body.<script>alert(1)</script>', legacy: '"<img src=x>"', engine: '"|*_`"' },
      ],
      target: '/health?<b>',
      answer: '<script src="https://evil.example/x.js"></script>planted-secret',
    });
    const directory = mkdtempSync(join(tmpdir(), 'report-'));
    try {
      const file = join(directory, 'report.html');
      const { exit, out } = await admin.cli(['report', 'health', '--output', file]);
      assert.equal(exit, 0);
      assert.match(out, /written, 1 row$/m);
      const html = readFileSync(file, 'utf8');
      assert.doesNotMatch(html, /planted-secret/);
      const tags = new Set([...html.matchAll(/<\/?([a-z0-9!]+)([^>]*)>/gi)].map(([, tag]) => tag));
      for (const tag of ['script', 'img', 'b', 'a', 'link', 'iframe']) assert.ok(!tags.has(tag), tag);
      assert.match(html, /&lt;script&gt;alert\(1\)/);
      assert.match(html, /Content-Security-Policy/);
      const markdown = await admin.cli(['report', '--format', 'markdown']);
      assert.doesNotMatch(markdown.out.replaceAll(/^ {4}.*$/gm, ''), /(?<!\\)<|(?<!\\)`|https:\/\//);
      assert.match(markdown.out, /^## health$/m);
      const unwritable = await admin.cli(['report', '--output', join(directory, 'no', 'where')]);
      assert.equal(unwritable.exit, 1);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
