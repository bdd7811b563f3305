/** The engine as a process: how it starts, where it listens, how it ends. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { Agent, request } from 'undici';
import { EngineEnded, type EngineProcess, startEngineProcess } from '../kit/engine-process.js';

describe('engine process', () => {
  let engine: EngineProcess | undefined;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'engine-process-'));
  });
  afterEach(async () => {
    await engine?.stop();
    engine = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  const overSocket = async (path: string, socket: string, headers: Record<string, string> = {}) => {
    const dispatcher = new Agent({ connect: { socketPath: socket } });
    try {
      const answer = await request(`http://engine${path}`, { dispatcher, headers });
      const text = await answer.body.text();
      const json: unknown = text.startsWith('{') ? JSON.parse(text) : {};
      return { status: answer.statusCode, body: json as Record<string, Record<string, unknown>> };
    } finally {
      await dispatcher.close();
    }
  };

  it('starts on an empty folder, with an admin, and leaves the legacy tokens of its log', async () => {
    await mkdir(join(folder, 'Certificates', 'Server'), { recursive: true });
    await writeFile(join(folder, 'Certificates', 'Server', 'borealis-server-bundle.pem'), 'PEM');
    engine = await startEngineProcess({ root: folder });
    const answer = await request(`${engine.address}/health`);
    assert.deepEqual([answer.statusCode, await answer.body.text()], [200, '{"status":"ok"}\n']);
    const db = new Database(engine.databaseFile, { readonly: true });
    assert.deepEqual(db.prepare('SELECT username, display_name, role FROM users').all(), [
      { username: 'admin', display_name: 'Administrator', role: 'Admin' },
    ]);
    db.close();
    const code = await engine.end();
    assert.equal(code, 0);
    const words = (await engine.logText()).split('\n').map((line) => line.split('-engine-')[1]?.split(' ')[0]);
    for (const word of [
      'bootstrap-started',
      'tls-material-ready',
      'migrations-start',
      'migrations-complete',
      'default-admin-ensured',
      'bootstrap-complete',
      'engine-stopped',
    ])
      assert.ok(words.includes(word), word);
  });

  it('raises a user named admin, with the password kept, when nobody is admin', async () => {
    engine = await startEngineProcess({ root: folder });
    await engine.end();
    const db = new Database(engine.databaseFile);
    db.exec("UPDATE users SET username = 'ADMIN', role = 'User', password_sha512 = 'kept'");
    db.close();
    engine = await startEngineProcess({ root: folder });
    const check = new Database(engine.databaseFile, { readonly: true });
    assert.deepEqual(check.prepare('SELECT username, role, password_sha512 FROM users').all(), [
      { username: 'ADMIN', role: 'Admin', password_sha512: 'kept' },
    ]);
    check.close();
  });

  it('changes nothing of the schema when told so', async () => {
    const databaseFile = join(folder, 'database.db');
    const db = new Database(databaseFile);
    db.exec(
      'CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, display_name TEXT, password_sha512 TEXT, role TEXT, created_at INTEGER, updated_at INTEGER)',
    );
    db.close();
    engine = await startEngineProcess({ root: folder, env: { BOREALIS_ENGINE_AUTO_MIGRATE: 'no' } });
    const check = new Database(databaseFile, { readonly: true });
    assert.deepEqual(check.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all(), ['users']);
    check.close();
    await engine.logged(/-engine-migrations-skipped\n/);
  });

  it('listens on a private socket, tells its state there, and takes the socket away when it ends', async () => {
    engine = await startEngineProcess({ root: folder, overSocket: true });
    const socket = engine.address;
    assert.equal((await stat(socket)).mode & 0o777, 0o600);
    assert.equal((await stat(dirname(socket))).mode & 0o777, 0o700);
    const { status, body } = await overSocket('/engine/internal/status', socket);
    assert.equal(status, 200);
    assert.equal(body.ready, true);
    assert.match(String(body.keys?.jwt_kid), /^[0-9a-f]{16}$/);
    assert.equal(body.database?.ok, true);
    await engine.end();
    assert.deepEqual(await readdir(dirname(socket)), []);
  });

  it('tells its state to no client of the facade', async () => {
    engine = await startEngineProcess({ root: folder, overSocket: true });
    const { status } = await overSocket('/engine/internal/status', engine.address, { 'x-forwarded-for': '10.0.0.9' });
    assert.equal(status, 404);
  });

  it('tells its state to nobody over TCP', async () => {
    engine = await startEngineProcess({ root: folder });
    const answer = await request(`${engine.address}/engine/internal/status`);
    await answer.body.dump();
    assert.equal(answer.statusCode, 404);
  });

  it('closes key files that others may read, and says so', async () => {
    engine = await startEngineProcess({ root: folder });
    await engine.end();
    const files = [
      'Server/Borealis/auth_keys/borealis-jwt-ed25519.key',
      'Certificates/Server/Code-Signing/borealis-script-ed25519.key',
    ].map((name) => join(folder, name));
    files.push(/secret-key-ready source=(.*)/.exec(await engine.logText())?.[1] ?? '');
    for (const file of files) await chmod(file, 0o644);
    engine = await startEngineProcess({ root: folder });
    for (const file of files) {
      assert.equal((await stat(file)).mode & 0o777, 0o600, file);
      assert.match(engine.errors(), new RegExp(`key-file-tightened file=${file} mode=0644`));
    }
  });

  it('signs scripts with a key whose public half it can not write', async () => {
    await mkdir(join(folder, 'Certificates/Server/Code-Signing/borealis-script-ed25519.pub/in-the-way'), {
      recursive: true,
    });
    engine = await startEngineProcess({ root: folder, overSocket: true });
    const { keys } = (await overSocket('/engine/internal/status', engine.address)).body;
    assert.match(String(keys?.script_key_sha256), /^[0-9a-f]{64}$/);
    assert.match(engine.errors(), /script-public-key-not-written/);
    assert.doesNotMatch(engine.errors(), /script-key-unavailable/);
  });

  it('is not ready while the key on disk is another one', async () => {
    engine = await startEngineProcess({ root: folder, overSocket: true });
    const key = join(folder, 'Server', 'Borealis', 'auth_keys', 'borealis-jwt-ed25519.key');
    await rm(key);
    const { status, body } = await overSocket('/engine/internal/status', engine.address);
    assert.deepEqual([status, body.ready, body.keys?.problem], [503, false, 'keys_unavailable']);
    assert.equal((await overSocket('/health', engine.address)).status, 200);
  });

  it('replaces a socket that a killed engine left, and not one that is in use', async () => {
    engine = await startEngineProcess({ root: folder, overSocket: true });
    await assert.rejects(
      startEngineProcess({ root: folder, overSocket: true }),
      (error) => error instanceof EngineEnded && error.exitCode === 1 && /in use by another engine/.test(error.errors),
    );
    assert.equal((await overSocket('/health', engine.address)).status, 200, 'the first goes on');
    await engine.end('SIGKILL');
    engine = await startEngineProcess({ root: folder, overSocket: true });
    assert.equal((await overSocket('/health', engine.address)).status, 200);
  });

  it('ends when the process that started it goes away', async () => {
    engine = await startEngineProcess({ root: folder, overSocket: true });
    const ended = once(engine.child, 'exit');
    engine.child.disconnect();
    assert.deepEqual(await ended, [0, null]);
  });

  it('answers what is in flight before it ends', async () => {
    engine = await startEngineProcess({ root: folder });
    const { port, hostname } = new URL(engine.address);
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    const body = '{"guid":"x","refresh_token":"y"}';
    socket.write(
      `POST /api/agent/token/refresh HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
    );
    // The 100 says that the request is with its route.
    await once(socket, 'data');
    const ended = engine.end();
    await engine.logged(/engine-stopping/);
    socket.write(body);
    await once(socket, 'close');
    assert.match(text, /HTTP\/1\.1 503 Service Unavailable\r\n.*database_empty/s);
    assert.equal(await ended, 0);
  });

  it('refuses settings that it can not keep, all at once, with exit code 2', async () => {
    const env = { BOREALIS_HOST: '0.0.0.0', BOREALIS_SECRET: 'a', BOREALIS_FLASK_SECRET_KEY: 'b' };
    await assert.rejects(startEngineProcess({ root: folder, env }), (error) => {
      assert.ok(error instanceof EngineEnded);
      assert.equal(error.exitCode, 2);
      assert.match(error.errors, /BOREALIS_SECRET/);
      assert.match(error.errors, /BOREALIS_HOST/);
      return true;
    });
  });

  it('ends with exit code 1 and a word when its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    try {
      await assert.rejects(
        startEngineProcess({ root: folder, env: { BOREALIS_PORT: String(port) } }),
        (error) =>
          error instanceof EngineEnded && error.exitCode === 1 && /bootstrap-failed.*EADDRINUSE/.test(error.errors),
      );
    } finally {
      taken.close();
    }
  });

  it('ends with exit code 1 and its reason in the log on a fault of its own', async () => {
    const fault = join(folder, 'fault.mjs');
    await writeFile(fault, "process.once('SIGUSR2', () => { throw new Error('boom'); });");
    engine = await startEngineProcess({ root: folder, env: { NODE_OPTIONS: `--import=${fault}` } });
    engine.child.kill('SIGUSR2');
    const [code] = await once(engine.child, 'exit');
    assert.equal(code, 1);
    assert.match(await engine.logText(), /-engine-uncaught-exception Error: boom/);
  });

  it('starts and serves with a log folder that it can not use', async () => {
    await mkdir(join(folder, 'Logs'));
    await writeFile(join(folder, 'Logs', 'Server'), 'in the way');
    await chmod(join(folder, 'Logs'), 0o500);
    engine = await startEngineProcess({ root: folder });
    const answer = await request(`${engine.address}/health`);
    await answer.body.dump();
    assert.equal(answer.statusCode, 200);
    assert.match(engine.errors(), /log-file-failed/);
    await chmod(join(folder, 'Logs'), 0o700);
  });

  it('serves HTTPS with the certificate and key that it is given', async () => {
    const { certificate, key } = makeCertificate(folder);
    engine = await startEngineProcess({ root: folder, env: { BOREALIS_TLS_CERT: certificate, BOREALIS_TLS_KEY: key } });
    const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
    const answer = await request(`${engine.address}/health`, { dispatcher });
    assert.deepEqual([engine.address.slice(0, 8), answer.statusCode], ['https://', 200]);
    await answer.body.dump();
    await dispatcher.close();
  });
});

function makeCertificate(folder: string): { certificate: string; key: string } {
  const certificate = join(folder, 'cert.pem');
  const key = join(folder, 'key.pem');
  const options = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-subj',
    '/CN=localhost',
    '-days',
    '1',
  ];
  execFileSync('openssl', ['req', '-x509', ...options, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  return { certificate, key };
}
