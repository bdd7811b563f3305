/** Settings from the environment: defaults, the legacy's parsing, and what is refused. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../../src/engine/config/load-settings.js';
import { SettingsError } from '../../../src/engine/config/settings-error.js';

const load = (env: Record<string, string> = {}) => loadSettings({ BOREALIS_ROOT: '/srv/b', ...env }, '/');

function problems(env: Record<string, string>): readonly string[] {
  try {
    load(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('engine settings', () => {
  it('have the documented defaults', () => {
    const { layout, warnings, ...settings } = load();
    assert.deepEqual(settings, {
      root: '/srv/b',
      debug: false,
      listen: { kind: 'tcp', host: '127.0.0.1', port: 5000, tls: undefined },
      logsRoot: '/srv/b/Logs/Server',
      database: {
        path: '/srv/b/database.db',
        autoMigrate: true,
        busyDeadlineMs: 5000,
        dryRun: { waitMs: 50, holdMs: 100 },
      },
      staticRoot: '/srv/b/Engine/web-interface/build',
      corsOrigins: ['*'],
      secret: { value: 'borealis-dev-secret', isDefault: true },
      tokenTtlSeconds: 2_592_000,
      cookies: { sameSite: 'Lax', secure: false, domain: undefined },
      storedSecretsKey: undefined,
      mfaIssuer: 'Borealis',
      repository: {
        name: 'bunny-lab-io/Borealis',
        branch: 'main',
        hashRefreshSeconds: 60,
        cacheDirectory: '/srv/b/Data/Engine/cache',
        allowProxies: false,
      },
      scheduler: { historyDays: 30, signScripts: false, jobsToAll: false },
      playbooks: { folder: '/srv/b/Logs/Server/AnsibleRuns', atOnce: 4, mostSeconds: 86_400, trustsVariables: false },
      background: [],
      sockets: {
        maxMessageBytes: 100_000_000,
        maxUnsentBytes: 32_000_000,
        mostEventsPerSecond: 200,
        mostPerAddress: 10_000,
        pingIntervalMs: 25_000,
        pingTimeoutMs: 20_000,
        presenceDelayMs: 100,
        relay: { legacy: undefined, eventsPerSecond: 500 },
      },
      maxBodyBytes: 100_000_000,
    });
    assert.deepEqual(layout, {
      projectRoot: '/srv/b',
      jwtKeyFile: '/srv/b/Server/Borealis/auth_keys/borealis-jwt-ed25519.key',
      olderJwtKeyFile: '/srv/b/Server/Borealis/keys/borealis-jwt-ed25519.key',
      secretKeyFiles: ['/srv/b/Server/Borealis/server_secret.key', '/srv/b/Data/Server/server_secret.key'],
      scriptKeyFile: '/srv/b/Certificates/Server/Code-Signing/borealis-script-ed25519.key',
      scriptPublicKeyFile: '/srv/b/Certificates/Server/Code-Signing/borealis-script-ed25519.pub',
      serverCertificates: '/srv/b/Certificates/Server',
      agentCertificates: '/srv/b/Certificates/Agent',
      tlsBundleFile: '/srv/b/Certificates/Server/borealis-server-bundle.pem',
    });
    assert.equal(warnings.length, 1, 'the default secret is told');
  });

  it('name background tasks that the engine has, each once', () => {
    assert.deepEqual(load({ BOREALIS_ENGINE_BACKGROUND: ' approvals-prune,, approvals-prune' }).background, [
      'approvals-prune',
    ]);
    assert.match(
      String(problems({ BOREALIS_ENGINE_BACKGROUND: 'approvals-prune,repo-refresh' })),
      /BOREALIS_ENGINE_BACKGROUND names repo-refresh: expected some of approvals-prune, scheduler/,
    );
  });

  it('name the legacy that a lone engine’s clients are to hear', () => {
    const relay = (more: Record<string, string>) => ({ BOREALIS_SOCKETS_RELAY_URL: 'https://legacy:5000', ...more });
    const { sockets } = load(
      relay({ BOREALIS_SOCKETS_RELAY_SERVER_NAME: 'pc', BOREALIS_SOCKETS_RELAY_EVENTS_PER_SECOND: '7' }),
    );
    const legacy = { url: 'https://legacy:5000', ca: '', pin: '', serverName: 'pc' };
    assert.deepEqual(sockets.relay, { legacy, eventsPerSecond: 7 });
    assert.equal(load({ BOREALIS_SOCKETS_RELAY_CA: '/nowhere/ca.pem' }).sockets.relay.legacy, undefined);
    for (const [name, value] of [
      ['URL', 'legacy:5000'],
      ['URL', 'legacy'],
      ['CA', '/nowhere/ca.pem'],
      ['PIN', 'ab:cd'],
    ] as const) {
      const variable = `BOREALIS_SOCKETS_RELAY_${name}`;
      assert.match(problems(relay({ [variable]: value })).join(), new RegExp(`^${variable}`));
    }
  });

  it('read flags, numbers and lists as the legacy does', () => {
    for (const yes of ['1', 'TRUE', 'Yes', ' on ']) assert.equal(load({ BOREALIS_DEBUG: yes }).debug, true, yes);
    for (const no of ['0', 'no', 'y', 'enabled'])
      assert.equal(load({ BOREALIS_ENGINE_AUTO_MIGRATE: no }).database.autoMigrate, false, no);
    assert.equal(load({ BOREALIS_REPO_HASH_REFRESH: '5' }).repository.hashRefreshSeconds, 30);
    assert.equal(load({ BOREALIS_REPO_HASH_REFRESH: '99999' }).repository.hashRefreshSeconds, 3600);
    assert.deepEqual(load({ BOREALIS_CORS_ORIGINS: ' https://a , ,https://b' }).corsOrigins, [
      'https://a',
      'https://b',
    ]);
    assert.deepEqual(load({ BOREALIS_CORS_ALLOWED_ORIGINS: ' , ' }).corsOrigins, ['*']);
  });

  it('fall back to the default port with a warning', () => {
    const { listen, warnings } = load({ BOREALIS_PORT: 'http' });
    assert.equal(listen.kind === 'tcp' && listen.port, 5000);
    assert.ok(warnings.some((warning) => warning.includes('BOREALIS_PORT')));
  });

  it('refuse plain HTTP beyond loopback, and half a TLS pair', () => {
    assert.match(
      problems({ BOREALIS_HOST: '0.0.0.0' }).join(),
      /BOREALIS_HOST is 0\.0\.0\.0: expected a loopback address/,
    );
    assert.match(
      problems({ BOREALIS_TLS_CERT: '/c.pem' }).join(),
      /BOREALIS_TLS_CERT and BOREALIS_TLS_KEY: expected both/,
    );
    for (const host of ['127.0.0.1', '127.8.8.8', '::1', 'localhost'])
      assert.deepEqual(problems({ BOREALIS_HOST: host }), []);
    const tls = { BOREALIS_HOST: '0.0.0.0', BOREALIS_TLS_CERT: '/c.pem', BOREALIS_TLS_KEY: '/k.pem' };
    assert.deepEqual(load(tls).listen, {
      kind: 'tcp',
      host: '0.0.0.0',
      port: 5000,
      tls: { certificate: '/c.pem', key: '/k.pem' },
    });
  });

  it('take one thing under two names only when the names agree, and tell all disagreements at once', () => {
    const secret = (a: string, b: string) => ({ BOREALIS_SECRET: a, BOREALIS_FLASK_SECRET_KEY: b });
    assert.equal(load(secret('s', 's')).secret.value, 's');
    assert.equal(load({ BOREALIS_FLASK_SECRET_KEY: 't' }).secret.value, 't');
    const found = problems({
      ...secret('a', 'b'),
      BOREALIS_CORS_ORIGINS: 'https://a',
      BOREALIS_CORS_ALLOWED_ORIGINS: 'https://b',
      BOREALIS_SERVER_ROOT: '/x',
      BOREALIS_ENGINE_ROOT: '/y',
      BOREALIS_CERT_ROOT: '/x',
      BOREALIS_CERTIFICATES_ROOT: '/y',
    });
    assert.equal(found.length, 4, found.join('\n'));
    assert.ok(
      found.every((problem) => !problem.includes('"a"')),
      'values are not told',
    );
  });

  it('refuse an empty secret', () => {
    assert.match(problems({ BOREALIS_SECRET: '' }).join(), /BOREALIS_SECRET is set but empty/);
  });

  it('take the root from where the source folders lie', () => {
    assert.equal(load({ BOREALIS_ROOT: '/srv/b/Data' }).root, '/srv/b');
    assert.equal(load({ BOREALIS_ROOT: '/srv/b/data/Engine' }).root, '/srv/b');
  });

  it('listen on the socket that the facade names', () => {
    assert.deepEqual(load({ BOREALIS_ENGINE_SOCKET: '/run/e.sock', BOREALIS_HOST: '0.0.0.0' }).listen, {
      kind: 'socket',
      path: '/run/e.sock',
    });
  });

  describe('and the static folder', () => {
    let root: string;
    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), 'static-'));
    });
    afterEach(() => rmSync(root, { recursive: true, force: true }));
    const make = (folder: string, ...files: string[]) => {
      mkdirSync(join(root, folder), { recursive: true });
      for (const file of files) writeFileSync(join(root, folder, file), '');
    };
    const found = () => loadSettings({ BOREALIS_ROOT: root }, '/').staticRoot;

    it('is the first that exists, a built one before sources', () => {
      make('Data/Server/WebUI', 'index.html', 'package.json');
      assert.equal(found(), join(root, 'Data/Server/WebUI'));
      make('Data/WebUI/build', 'index.html');
      assert.equal(found(), join(root, 'Data/WebUI/build'));
      make('Engine/web-interface/build', 'index.html');
      assert.equal(found(), join(root, 'Engine/web-interface/build'));
    });

    it('is the named one, even when it does not exist', () => {
      const { staticRoot } = loadSettings({ BOREALIS_ROOT: root, BOREALIS_STATIC_ROOT: '/no/where' }, '/');
      assert.equal(staticRoot, '/no/where');
    });

    it('lies below the nearest folder with Borealis.ps1 when nothing names the root', () => {
      make('deep/er', 'x');
      writeFileSync(join(root, 'Borealis.ps1'), '');
      assert.equal(loadSettings({}, join(root, 'deep/er')).root, root);
    });
  });
});
