import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../../src/facade/settings/load-settings.js';
import { SettingsError } from '../../../src/facade/settings/settings-error.js';

describe('settings', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'facade-settings-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const file = (text: string) => {
    const path = join(folder, `${Math.random()}.yaml`);
    writeFileSync(path, text);
    return path;
  };
  const problems = (text: string, env: NodeJS.ProcessEnv = {}, args: string[] = []) => {
    try {
      loadSettings({ file: file(text), env, args });
    } catch (error) {
      assert.ok(error instanceof SettingsError);
      return error.problems.join('\n');
    }
    return assert.fail('the settings were accepted');
  };

  it('takes the file over defaults, the environment over the file, flags over all', () => {
    const path = file('listen: { host: 192.0.2.1, port: 1000 }\nadmin: { port: 3000 }\n');
    const settings = loadSettings({ file: path, env: { FACADE_LISTEN_PORT: '1001' }, args: ['--admin-port', '3002'] });
    assert.deepEqual(settings.listen, { host: '192.0.2.1', port: 1001 });
    assert.equal(settings.admin.port, 3002);
    assert.equal(settings.legacy.url, 'http://127.0.0.1:5001');
  });

  it('is frozen to the bottom', () => {
    const settings = loadSettings({ file: file(''), env: {}, args: [] });
    assert.throws(() => Object.assign(settings.listen, { port: 1 }), TypeError);
  });

  it('reads lists from YAML and from text', () => {
    const yaml = loadSettings({ file: file('trustedProxies: [10.0.0.0/8, "::1"]'), env: {}, args: [] });
    const text = loadSettings({ file: file(''), env: { FACADE_TRUSTED_PROXIES: ' 10.0.0.0/8, ::1 ,' }, args: [] });
    assert.deepEqual(yaml.trustedProxies, ['10.0.0.0/8', '::1']);
    assert.deepEqual(text.trustedProxies, yaml.trustedProxies);
  });

  it('lists all problems at once, each with its field', () => {
    const text = problems('listen: { port: 70000 }\nlegacy: { url: nonsense }\nlog: { level: loud }\n');
    for (const field of ['listen.port', 'legacy.url', 'log.level'])
      assert.ok(text.includes(field), `${field} in ${text}`);
  });

  it('refuses fields that do not exist', () => {
    assert.match(problems('listne: { port: 1 }'), /listne/);
  });

  const contradictions: [string, RegExp][] = [
    ['tls: { certificate: a.pem }', /tls\.key/],
    ['tls: { key: a.pem }', /tls\.certificate/],
    ['engine: { mode: url }', /engine\.url/],
    ['engine: { url: "http://127.0.0.1:1" }', /engine\.mode/],
    ['legacy: { pin: abc, url: "https://localhost:1" }', /legacy\.pin/],
    ['legacy: { ca: a.pem }', /legacy\.url: expected https/],
    ['trustedProxies: [nonsense]', /trustedProxies.*nonsense/],
    ['trustedProxies: [10.0.0.0/33]', /trustedProxies/],
    ['listen: { port: 9090 }', /admin\.port/],
    ['listen: { port: 5001 }', /forward to itself/],
    ['limits: { idleConnectionMs: 1000 }', /limits\.idleConnectionMs/],
    ['sockets: { split: { pingIntervalMs: 0 } }', /sockets\.split\.pingIntervalMs/],
    ['sockets: { split: { pingTimeoutMs: 9000000000 } }', /sockets\.split\.pingTimeoutMs/],
    ['sockets: { split: { eventsPerSecond: -1 } }', /sockets\.split\.eventsPerSecond/],
    ['sockets: { split: { messageBytes: 300000001 } }', /sockets\.split\.messageBytes: expected 1000 to 300000000/],
  ];
  for (const [text, expected] of contradictions) {
    it(`refuses ${text}`, () => assert.match(problems(text), expected));
  }

  it('says which file could not be read', () => {
    assert.throws(() => loadSettings({ file: join(folder, 'none.yaml'), env: {}, args: [] }), /none\.yaml/);
    assert.match(problems('listen: [1'), /\.yaml: /);
    assert.ok(!problems('listen: [1').trim().includes('\n\n'), 'one line for one problem');
  });

  it('names the setting that a misspelled one may mean, and the words that a setting takes', () => {
    assert.match(problems('listen: { prot: 1 }'), /listen\.prot: no such setting \(did you mean listen\.port\?\)/);
    assert.match(problems('legcy: { url: x }'), /legcy\.url: no such setting \(did you mean legacy\.url\?\)/);
    assert.match(
      problems('engine: { mode: spwan }'),
      /engine\.mode: expected one of spawn, url, off \(found "spwan"\)/,
    );
  });
});
