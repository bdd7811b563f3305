import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT_CODES } from '../../../src/facade/cli/exit-code.js';
import { listSettings } from '../../../src/facade/cli/setting-list.js';
import type { FacadeSettings } from '../../../src/facade/settings/settings.js';
import { TABLE } from '../admin/admin-fixture.js';
import { cli } from './cli-fixture.js';

describe('The command line, without a running facade', () => {
  let directory: string;
  let env: Record<string, string>;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'facade-cli-'));
    writeFileSync(join(directory, 'table.yaml'), TABLE);
    writeFileSync(join(directory, 'admin.token'), 'some-token-0123456789', { mode: 0o600 });
    env = {
      FACADE_ADMIN_PORT: '1',
      FACADE_STATE_DIRECTORY: directory,
      FACADE_TABLE_FILE: join(directory, 'table.yaml'),
      FACADE_LEGACY_URL: 'http://127.0.0.1:9',
    };
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('says that no facade answers, and how to start one', async () => {
    for (const args of [['routes'], ['status'], ['explain', 'GET', '/'], ['flip', 'health', 'engine', '--why', 'x']]) {
      const { exit, out, err } = await cli(args, { env });
      assert.equal(exit, 4, args.join(' '));
      assert.equal(out, '');
      assert.match(err, /^error: No facade answers at http:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\)\.$/m);
      assert.match(err, /Start it with "facade start"/);
    }
  });

  it('says when something else answers there', async () => {
    const server = createServer((_req, res) => res.end('<html>')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const { exit, err } = await cli(['status', '--admin-url', `http://127.0.0.1:${port}/`], { env });
    server.close();
    assert.equal(exit, 4);
    assert.match(err, /is not the admin API of a facade/);
  });

  it('routes and explain work on the table file', async () => {
    const routes = await cli(['routes', '--offline'], { env });
    assert.equal(routes.exit, 0, routes.err);
    assert.match(routes.out, /^legacy +health /m);
    assert.match(routes.out, /from the file/);
    const explain = await cli(['explain', 'GET', '/health', '--offline', '--json'], { env });
    assert.equal(JSON.parse(explain.out).row, 'health');
    writeFileSync(join(directory, 'table.yaml'), 'version: 1\nroutes: 7\n');
    const broken = await cli(['routes', '--offline'], { env });
    assert.equal(broken.exit, 1);
    assert.match(broken.err, /table\.yaml:2: routes: /);
  });

  it('check works from here, and is not held up by a missing facade or token', async () => {
    for (const remove of [false, true]) {
      if (remove) rmSync(join(directory, 'admin.token'));
      const { exit, out } = await cli(['check'], { env });
      assert.equal(exit, 1);
      assert.match(out, /^problem +legacy: http:\/\/127\.0\.0\.1:9 can't be reached/m);
      assert.match(out, /^ok +table: /m);
      assert.match(out, /no running facade was asked$/m);
    }
    writeFileSync(join(directory, 'admin.token'), 'some-token-0123456789', { mode: 0o600 });
    const named = await cli(['check', '--admin-url', 'http://127.0.0.1:1'], { env });
    assert.equal(named.exit, 4);
  });

  it('exits with 2 and a suggestion for what it does not know', async () => {
    const wrong: [string[], RegExp][] = [
      [['ruotes'], /Did you mean routes\?/],
      [['routes', '--ofline'], /Did you mean --offline\?/],
      [['flip', 'health', '--why', 'x'], /missing required argument 'stage'/],
      [['flip', 'health', 'engine'], /required option '--why <text>'/],
      [['flip', 'health', 'nowhere', '--why', 'x'], /Allowed choices are legacy, shadow, canary/],
      [['flip', 'health', 'canary', '--percent', '101', '--why', 'x'], /percentage from 0 to 100/],
      [['flip', 'health', 'canary', '--by', 'name', '--why', 'x'], /Expected guid, operator, address or header:NAME/],
      [
        ['ignore', 'health', 'body', '--why', 'x', '--owner', 'x', '--expires', '27-1-1'],
        /Expected a day, such as 2027-01-31/,
      ],
      [['explain', 'GET', '/', '--header', 'nonsense'], /Expected "Name: value"/],
      [['sockets', 'drain', '--rate', '0', '--why', 'x'], /number above 0/],
      [['audit', '--limit', 'many'], /whole number/],
      [['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
      [['status', '--admin-url', 'nonsense'], /expected an address such as/],
      [['routes', 'extra'], /too many arguments/],
      [
        ['sockets', 'drian', '--rate', '2', '--why', 'x'],
        /unknown command 'facade sockets drian' \(did you mean drain\?\)/,
      ],
      [['guard', 'relase', 'health'], /unknown command 'facade guard relase' \(did you mean release\?\)/],
      [['jobs', '--limitt', '3'], /unknown option '--limitt' \(did you mean --limit\?\)/],
    ];
    for (const [args, expected] of wrong) {
      const { exit, err } = await cli(args, { env });
      assert.equal(exit, EXIT_CODES.usage.code, args.join(' '));
      assert.match(err, expected);
    }
    assert.equal((await cli([], { env })).exit, 2);
  });

  it('shows in the help of a command what it needs, what all of them take, and how it is used', async () => {
    const { out } = await cli(['flip', '--help'], { env });
    assert.match(out, /--why <text> +reason, for the audit \(needed\)$/m);
    assert.match(out, /^Global Options:[\s\S]*--json[\s\S]*--token-file/m);
    assert.match(out, /^Examples:\n {2}facade flip token-refresh shadow --why/m);
  });

  it('points to the help of the command that was mistyped', async () => {
    for (const [args, help] of [
      [['flip', 'health'], 'facade flip --help'],
      [['sockets', 'drain'], 'facade sockets drain --help'],
      [['nonsense'], 'facade --help'],
    ] as const)
      assert.match((await cli(args, { env })).err, new RegExp(`^See "${help}"\\.$`, 'm'));
  });

  it('tells wrong arguments as JSON too, where JSON is wanted', async () => {
    for (const [args, reason] of [
      [['--json', 'ruotes'], /^unknown command 'ruotes'\n\(Did you mean routes\?\)$/],
      [['flip', 'health', 'engine', '--json'], /^required option '--why <text>' not specified$/],
      [['--json'], /^expected a command$/],
    ] as const) {
      const { exit, out, err } = await cli(args, { env });
      assert.deepEqual([exit, out], [2, '']);
      const told = JSON.parse(err) as { error: string; reason: string };
      assert.equal(told.error, 'usage');
      assert.match(told.reason, reason);
    }
  });

  it('lists every problem of the settings', async () => {
    const { exit, err } = await cli(['status'], {
      env: { ...env, FACADE_ENGINE_MODE: 'url', FACADE_TLS_KEY: 'k.pem' },
    });
    assert.equal(exit, 2);
    assert.match(err, /engine\.url: expected/);
    assert.match(err, /tls\.certificate: expected/);
    assert.match(err, /facade start --help/);
  });

  it('starts the facade with flags over environment over file', async () => {
    const file = join(directory, 'settings.yaml');
    writeFileSync(file, 'listen: { host: 10.0.0.1, port: 1111 }\nlog: { level: warn }\n');
    let started: FacadeSettings | undefined;
    const start = async (settings: FacadeSettings) => {
      started = settings;
      return 7;
    };
    const args = [
      'start',
      '--config',
      file,
      '--listen-port',
      '3333',
      '--log-requests',
      '--admin-token',
      '1234567890123456e5',
    ];
    const { exit, err } = await cli(args, {
      env: { ...env, FACADE_LISTEN_PORT: '2222', FACADE_LOG_LEVEL: 'debug' },
      start,
    });
    assert.equal(exit, 7, err);
    assert.deepEqual(started?.listen, { host: '10.0.0.1', port: 3333 });
    assert.deepEqual([started?.log.level, started?.log.requests], ['debug', true]);
    assert.equal(started?.admin.token, '1234567890123456e5');
    assert.equal((await cli(['start', '--log-level', 'loud'], { env, start })).exit, 2);
  });

  it('tells why a start failed, and gives the place of faults of its own', async () => {
    const failing = (error: Error) => cli(['start'], { env, start: () => Promise.reject(error) });
    const taken = await failing(
      Object.assign(new Error('listen EADDRINUSE: address already in use 0.0.0.0:5000'), { code: 'EADDRINUSE' }),
    );
    assert.equal(taken.exit, 1);
    assert.match(taken.err, /0\.0\.0\.0:5000\nSomething listens there already/);
    const fault = await failing(new TypeError('oops'));
    assert.match(fault.err, /TypeError: oops\n +at /);
  });

  it('start --help lists every setting with default, flag and environment variable', async () => {
    const { exit, out } = await cli(['start', '--help']);
    assert.equal(exit, 0);
    const flat = out.replaceAll(/\s+/g, ' ');
    for (const { flag, env: variable, doc, default: usual } of listSettings()) {
      assert.ok(flat.includes(`--${flag} `), flag);
      assert.ok(
        flat.includes(`${doc.replaceAll(/\s+/g, ' ')} (default: ${usual === '' ? 'empty' : usual}; env: ${variable})`),
        flag,
      );
    }
  });

  it('--help lists every command and exit code', async () => {
    const { out } = await cli(['--help']);
    for (const name of [
      'start',
      'status',
      'routes',
      'explain',
      'flip',
      'rollback',
      'audit',
      'sockets',
      'check',
      'completion',
    ])
      assert.match(out, new RegExp(`^ {2}${name} `, 'm'));
    for (const { code } of Object.values(EXIT_CODES)) assert.match(out, new RegExp(`^ {2}${code} {2}`, 'm'));
    assert.equal((await cli(['--version'])).out, '0.0.1\n');
  });

  it('colours on a terminal only, and not when told not to', async () => {
    const coloured = async (more: Record<string, string>, tty: boolean) =>
      (await cli(['routes', '--offline'], { env: { ...env, ...more }, tty })).out.includes('\u001b[');
    assert.equal(await coloured({}, true), true);
    assert.equal(await coloured({}, false), false);
    assert.equal(await coloured({ NO_COLOR: '1' }, true), false);
    assert.equal(await coloured({ NO_COLOR: '' }, true), true);
    assert.equal(await coloured({ TERM: 'dumb' }, true), false);
  });
});
