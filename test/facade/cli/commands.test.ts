import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningAdmin, startAdminForCli } from './cli-fixture.js';

describe('The command line, with a running facade', () => {
  let facade: RunningAdmin;
  beforeEach(async () => {
    facade = await startAdminForCli();
  });
  afterEach(() => facade.close());

  it('says once what is wrong with a value that only the facade judges', async () => {
    const { exit, err } = await facade.cli(['flip', 'health', 'engine', '--why', 'x'.repeat(501)]);
    assert.equal(exit, 3);
    assert.equal(err.match(/body\.why: expected/g)?.length, 1, err);
  });

  it('routes lists rows in aligned columns, and as JSON', async () => {
    const { exit, out } = await facade.cli(['routes']);
    assert.equal(exit, 0);
    const lines = out.split('\n');
    assert.match(lines[0] ?? '', /^STAGE +ROW +ACCESS +GROUP +IF THE ENGINE FAILS +MATCH$/);
    assert.match(out, /^canary 10% by header:x-site +devices +public +- +legacy +\* \/api\/devices\/:hostname$/m);
    assert.match(out, /^legacy \(not served\) +enroll-start +public +enrollment /m);
    assert.match(out, /^legacy not comparable: POST: it calls out +enroll-poll /m);
    const places = lines
      .slice(0, 5)
      .map((line) => line.search(/(?<= {2})(ROW|health|enroll-start|enroll-poll|devices)\b/));
    assert.equal(new Set(places).size, 1);
    const json = JSON.parse((await facade.cli(['routes', '--json', '--stage', 'canary'])).out);
    assert.deepEqual(
      json.routes.map(({ id }: { id: string }) => id),
      ['devices'],
    );
  });

  it('routes --ids names all that can be flipped', async () => {
    const { out } = await facade.cli(['routes', '--ids']);
    const tasks = ['background:approvals-prune', 'background:repo-refresh', 'background:scheduler'];
    const rows = ['default', 'devices', 'enrollment', 'health', 'sockets'];
    assert.deepEqual(out.trim().split('\n').sort(), [...tasks, ...rows]);
  });

  it('explain says side, row and reason; headers count', async () => {
    const { exit, out } = await facade.cli(['explain', 'GET', '/api/devices/a?x=1', '--header', 'X-Site: berlin']);
    assert.equal(exit, 0);
    assert.match(out, /^GET \/api\/devices\/a -> (legacy|engine)$/m);
    assert.match(out, /^reason +.*by header:x-site/m);
    assert.match(out, /^table +version 1$/m);
    const without = await facade.cli(['explain', 'GET', '/api/devices/a']);
    assert.match(without.out, /carries no header:x-site/);
  });

  it('flips and explains events, and lists their rows as what they are', async () => {
    assert.equal((await facade.cli(['flip', 'event:macro_status', 'engine', '--why', 'a relay'])).exit, 0);
    const kept = await facade.cli(['explain', '--event', 'macro_status']);
    assert.match(kept.out, /^event macro_status -> legacy$/m);
    assert.match(kept.out, /^reason +the sockets are at legacy, .* not in force$/m);
    assert.match((await facade.cli(['routes'])).out, /in force while the sockets are at split/);
    assert.equal((await facade.cli(['flip', 'sockets', 'split', '--why', 'by event'])).exit, 0);
    const { out } = await facade.cli(['explain', '--event', 'macro_status']);
    assert.match(out, /^event macro_status -> engine$/m);
    assert.match(out, /^without it +the legacy handles it$/m);
    const listed = (await facade.cli(['routes'])).out;
    assert.match(listed, /^engine +event:macro_status +- +legacy$/m);
    assert.match(listed, /^sockets: split$/m);
    assert.match((await facade.cli(['routes', '--ids'])).out, /^event:macro_status$/m);
    assert.equal(
      JSON.parse((await facade.cli(['routes', '--stage', 'shadow', '--json'])).out).sockets.events.length,
      0,
    );
    const verify = await facade.cli(['flip', 'event:macro_status', 'verify', '--why', 'x']);
    assert.equal(verify.exit, 3);
    assert.match(verify.err, /handle again what the engine has/);
    assert.equal((await facade.cli(['explain', 'GET', '/health', '--event', 'x'])).exit, 2);
    assert.equal((await facade.cli(['explain', 'GET'])).exit, 2);
  });

  it('flip moves a row in the name of the user, and says how to undo it', async () => {
    const { exit, out } = await facade.cli([
      'flip',
      'health',
      'canary',
      '--percent',
      '12.5%',
      '--by',
      'guid',
      '--why',
      'first agents',
    ]);
    assert.equal(exit, 0, out);
    assert.match(out, /^Version 2 is in force\.$/m);
    assert.match(out, /^health +legacy +canary 12\.5/m);
    assert.doesNotMatch(out, /further back/);
    assert.match(out, /facade rollback/);
    const [version] = facade.table.versions(1);
    assert.deepEqual([version?.who, version?.why], ['kim via admin API', 'first agents']);
    assert.deepEqual(facade.table.current().routes[0]?.canary, { percent: 12.5, by: 'guid' });
  });

  it('flip --dry-run shows the change and makes none', async () => {
    const { exit, out } = await facade.cli(['flip', 'health', 'engine', '--why', 'x', '--dry-run']);
    assert.equal(exit, 0);
    assert.match(out, /Nothing was changed/);
    assert.match(out, /^\+.*health.*engine/m);
    assert.equal(facade.table.current().version, 1);
  });

  it('tells refusals by the table with exit code 3 and what to do next', async () => {
    const unknown = await facade.cli(['flip', 'helth', 'engine', '--why', 'x']);
    assert.equal(unknown.exit, 3);
    assert.match(unknown.err, /^error: .*helth.*health/);
    assert.match(unknown.err, /facade routes/);
    const grouped = await facade.cli(['flip', 'enroll-poll', 'engine', '--why', 'x', '--json']);
    assert.equal(grouped.exit, 3);
    assert.equal(JSON.parse(grouped.err).error, 'in_group');
    assert.equal(grouped.out, '');
    const noShare = await facade.cli(['flip', 'health', 'canary', '--why', 'x']);
    assert.equal(noShare.exit, 3);
    assert.match(noShare.err, /--percent/);
  });

  it('flip says when nobody could ask the engine whether it serves the row', async () => {
    const flip = (stage: string) => facade.cli(['flip', 'health', stage, '--why', 'x']);
    assert.doesNotMatch((await flip('engine')).out, /Mind/);
    facade.state.engineSilent = true;
    assert.doesNotMatch((await flip('shadow')).out, /Mind/);
    const { out } = await flip('engine');
    assert.match(out, /^Mind: the engine could not be asked whether it serves these rows; /m);
    assert.match(out, /^Mind: the engine has a database of its own\.$/m);
    assert.doesNotMatch((await flip('legacy')).out, /Mind/);
  });

  it('access says whom a row lets in, and which profile is in force', async () => {
    const closed = await facade.cli(['access', 'health', 'operator', '--why', 'guests out']);
    assert.equal(closed.exit, 0, closed.err);
    assert.match(closed.out, /^Version 2 is in force\.$/m);
    assert.match(closed.out, /^access:health +public +operator$/m);
    assert.match(closed.out, /^Mind: everyone knows the secret\.$/m);
    assert.match((await facade.cli(['routes'])).out, /^legacy +health +operator /m);
    const explained = await facade.cli(['explain', 'GET', '/health']);
    assert.match(explained.out, /^GET \/health -> facade$/m);
    assert.match(explained.out, /^access +unavailable: operator \(the settings do not say/m);
    assert.equal((await facade.cli(['access', 'profile', 'hardened', '--why', 'x'])).exit, 0);
    assert.match((await facade.cli(['routes'])).out, /^profile: hardened$/m);
    const unknown = await facade.cli(['access', 'profile', 'admin', '--why', 'x']);
    assert.equal(unknown.exit, 3);
    assert.match(unknown.err, /No profile is called admin/);
    assert.equal((await facade.cli(['access', 'health', 'everybody', '--why', 'x'])).exit, 2);
  });

  it('rollback and audit tell the story', async () => {
    await facade.cli(['flip', 'health', 'engine', '--why', 'ready']);
    const back = await facade.cli(['rollback', '--why', 'slow at night']);
    assert.match(back.out, /^To go further back: facade rollback --to VERSION;/m);
    assert.equal(back.exit, 0);
    assert.match(back.out, /^Version 3 is in force\.$/m);
    await facade.cli(['rollback', '--to', '2', '--why', 'it was the network']);
    const audit = await facade.cli(['audit', '--limit', '3']);
    assert.match(audit.out, /^WHEN +VERSION +WHAT +WHO +WHY +DETAIL$/m);
    assert.match(audit.out, /4 +rollback +kim via admin API .*it was the network/);
    assert.equal(audit.out.trim().split('\n').length, 4);
    const one = await facade.cli(['audit', '--show', '2']);
    assert.match(one.out, /^why +ready$/m);
    assert.match(one.out, /^-.*health.*legacy/m);
    assert.equal((await facade.cli(['audit', '--show', '99'])).exit, 3);
  });

  it('sockets lists and drains', async () => {
    const facts = {
      side: 'legacy',
      transport: 'websocket',
      agentContext: 'agent\u001b[2Jx',
      userAgent: 'ua',
      address: '10.0.0.9',
    } as const;
    for (let n = 0; n < 3; n += 1) {
      const socket = facade.registry.add(facts, {
        close: () => socket.ended('drained'),
        bytesUp: () => 5,
        bytesDown: () => 6,
        messageBytesUp: () => 5,
      });
    }
    const listed = await facade.cli(['sockets', '--limit', '2']);
    assert.match(listed.out, /^legacy: 3 websocket, 0 polling$/m);
    assert.match(listed.out, /2 of 3 shown/);
    assert.ok(!listed.out.includes('\u001b'), 'what a client sent reached the terminal');
    assert.match(listed.out, /agent\\x1b\[2Jx/);
    const drain = await facade.cli(['sockets', 'drain', '--rate', '0.01', '--why', 'move']);
    assert.match(drain.out, /^drain of the legacy side running: 1 of 3 closed, .* \(kim via admin API: move\)$/m);
    const again = await facade.cli(['sockets', 'drain', '--rate', '1', '--side', 'engine', '--why', 'move']);
    assert.equal(again.exit, 3);
    assert.match(again.err, /cancel-drain/);
    assert.match((await facade.cli(['sockets', 'cancel-drain'])).out, /cancelled: 1 of 3/);
  });

  it('sockets tells of bridged sessions, their agents and their events', async () => {
    const facts = {
      side: 'legacy',
      transport: 'websocket',
      bridged: true,
      userAgent: 'ua',
      address: '10.0.0.9',
    } as const;
    const control = { close: () => {}, bytesUp: () => 5, bytesDown: () => 6, messageBytesUp: () => 5 };
    facade.registry.add(
      { ...facts, agentContext: 'SYSTEM' },
      { ...control, events: () => 7, agentId: () => 'pc\u001b1' },
    );
    facade.registry.add({ ...facts, agentContext: undefined, agentGuid: 'AB-1' }, control);
    facade.metrics.eventHandled('agent_heartbeat', 'engine', 'handled', 0.001);
    facade.metrics.eventHandled('agent_heartbeat', 'engine', 'handled', 0.001);
    facade.metrics.eventHandled('agent_heartbeat', 'legacy', 'copied', 0);
    facade.state.link = false;
    const { out } = await facade.cli(['sockets']);
    assert.match(out, /^bridged, of the legacy's: 2 websocket, 0 polling$/m);
    assert.match(out, /^link to the engine: down$/m);
    assert.match(out, /^agent_heartbeat +1 copied +2 handled$/m);
    assert.match(out, /^1 +bridged +websocket .* 10\.0\.0\.9 +pc\\x1b1 +SYSTEM$/m);
    assert.match(out, /^2 +bridged .* AB-1 +ua$/m);
  });

  it('sockets shows the relay to the legacy, and why it is down', async () => {
    const counts = { agents: 512, waiting: 0, heard: 7, said: 9 };
    facade.state.relay = { ...counts, up: true, problem: null };
    assert.match(
      (await facade.cli(['sockets'])).out,
      /^relay to the legacy: up, for 512 agents; 7 events heard, 9 said$/m,
    );
    facade.state.relay = { ...counts, up: false, problem: 'refused\u001b' };
    assert.match((await facade.cli(['sockets'])).out, /^relay to the legacy: down \(refused\\x1b\)$/m);
    facade.state.relay = null;
    assert.doesNotMatch((await facade.cli(['sockets'])).out, /relay/);
  });

  it('status shows each part on a line', async () => {
    const { exit, out } = await facade.cli(['status']);
    assert.equal(exit, 0);
    assert.match(out, /^facade +running for 1 h 2 min, version 0\.0\.1, at https:\/\/0\.0\.0\.0:5000$/m);
    assert.match(out, /^legacy +does not answer, http:\/\/127\.0\.0\.1:5001: connection refused$/m);
    assert.match(out, /^engine +answers, ready since .*, started again 1 time, last ended by signal SIGKILL$/m);
    assert.match(out, /^breakers +devices open$/m);
  });

  it('check asks the facade, and exits with 1 when it finds a problem', async () => {
    const good = await facade.cli(['check', '--paths']);
    assert.equal(good.exit, 0);
    assert.match(good.out, /^ok +table: table\.yaml keeps every rule$/m);
    assert.match(good.out, /as the running facade sees it$/m);
    assert.equal(facade.state.checkedPaths, true);
    facade.state.checkFails = true;
    const bad = await facade.cli(['check', '--json']);
    assert.equal(bad.exit, 1);
    assert.deepEqual([JSON.parse(bad.out).ok, JSON.parse(bad.out).by], [false, 'facade']);
  });

  it('takes the token from a file, and says when it is not the right one', async () => {
    const file = join(facade.directory, 'other.token');
    writeFileSync(file, 'another-token-0123456789', { mode: 0o600 });
    const wrong = await facade.cli(['status', '--token-file', file]);
    assert.equal(wrong.exit, 5);
    assert.match(wrong.err, /does not take this token/);
    const right = await facade.cli(
      ['status', '--admin-url', facade.url, '--token-file', join(facade.directory, 'admin.token')],
      {
        env: { FACADE_ADMIN_PORT: '1', FACADE_STATE_DIRECTORY: '/nowhere' },
      },
    );
    assert.equal(right.exit, 0, right.err);
    const missing = await facade.cli(['status'], { env: { FACADE_STATE_DIRECTORY: '/nowhere' } });
    assert.equal(missing.exit, 5);
    assert.match(missing.err, /\/nowhere\/admin\.token can't be read/);
  });

  it('keeps the token out of what it prints', async () => {
    for (const args of [['status'], ['routes', '--json'], ['flip', 'nope', 'engine', '--why', 'x', '--json']]) {
      const { out, err } = await facade.cli(args);
      assert.doesNotMatch(out + err, /test-token/);
    }
  });
});
