import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckFinding } from '../../../../src/facade/admin/check/check-report.js';
import { runChecks } from '../../../../src/facade/admin/check/run-checks.js';
import { loadSettings } from '../../../../src/facade/settings/load-settings.js';
import type { FacadeSettings } from '../../../../src/facade/settings/settings.js';
import { type Certificates, makeCertificates } from '../../../kit/certificates.js';
import { type SampleLegacy, startSampleLegacy } from '../../../kit/sample-legacy.js';

const TABLE = `version: 1
routes:
  - { id: health, match: GET /health, stage: legacy }
`;
const DAY_MS = 86_400_000;

describe('facade check', () => {
  let certificates: Certificates;
  let legacy: SampleLegacy;
  let directory: string;
  before(async function () {
    this.timeout(60_000);
    certificates = makeCertificates();
    legacy = await startSampleLegacy({ tls: true });
  });
  after(async () => {
    certificates.remove();
    await legacy.stop();
  });
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'facade-check-'));
    writeFileSync(join(directory, 'table.yaml'), TABLE);
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const settings = (env: Record<string, string> = {}): FacadeSettings =>
    loadSettings({
      file: join(directory, 'none.yaml'),
      args: [],
      env: {
        FACADE_LEGACY_URL: legacy.url,
        FACADE_LEGACY_CA: legacy.rootCertificateFile,
        FACADE_LEGACY_SERVER_NAME: 'localhost',
        FACADE_TABLE_FILE: join(directory, 'table.yaml'),
        FACADE_STATE_DIRECTORY: join(directory, 'state'),
        ...env,
      },
    });
  const check = async (
    env: Record<string, string> = {},
    options: { now?: number; paths?: boolean; tokens?: boolean } = {},
  ) => {
    writeFileSync(join(directory, 'none.yaml'), '{}');
    const { now = Date.now(), paths = false, tokens = false } = options;
    return runChecks({ settings: settings(env), env, paths, tokens, now: () => now });
  };
  const about = (subject: string, findings: readonly CheckFinding[]) =>
    findings.filter((one) => one.subject === subject);
  const only = (subject: string, findings: readonly CheckFinding[]): CheckFinding => {
    const [finding, ...more] = about(subject, findings);
    assert.ok(finding && more.length === 0, JSON.stringify(findings));
    return finding;
  };

  it('finds nothing wrong where nothing is', async () => {
    const { bundleFile, keyFile } = certificates.authority('good').leaf('good');
    const env = { FACADE_TLS_CERTIFICATE: bundleFile, FACADE_TLS_KEY: keyFile };
    const { ok, findings } = await check(env);
    assert.ok(ok, JSON.stringify(findings));
    assert.match(only('legacy', findings).message, /^https:\/\/.* answers \(GET \/health: 200\)$/);
    assert.match(only('table', findings).message, /2 at legacy/);
    assert.match(only('engine', findings).message, /started with the facade/);
    const [near, fits] = about('certificate', findings);
    assert.match(String(near?.message), /expires in [12] days/);
    assert.match(String(fits?.message), /fit, 2 in the chain, .* for DNS:localhost, IP Address:127\.0\.0\.1/);
  });

  it('lists every problem of the table with its line', async () => {
    writeFileSync(join(directory, 'table.yaml'), `${TABLE}  - { id: health, match: GET /x, stage: nowhere }\n`);
    const { ok, findings } = await check();
    assert.equal(ok, false);
    assert.ok(about('table', findings).length >= 2);
    for (const { level, message } of about('table', findings)) {
      assert.equal(level, 'problem');
      assert.match(message, /table\.yaml:4: routes\[1\]/);
    }
    rmSync(join(directory, 'table.yaml'));
    assert.match(only('table', (await check()).findings).message, /can not be read/);
  });

  it('tells an unreachable legacy from one that is not what it should be', async () => {
    const gone = await check({
      FACADE_LEGACY_URL: 'http://127.0.0.1:9',
      FACADE_LEGACY_CA: '',
      FACADE_LEGACY_SERVER_NAME: '',
    });
    assert.equal(only('legacy', gone.findings).level, 'problem');
    assert.match(only('legacy', gone.findings).message, /ECONNREFUSED/);
    const strange = await check({ FACADE_LEGACY_CA: certificates.authority('other').rootFile });
    assert.match(
      String(only('legacy', strange.findings).hint),
      /Set legacy\.ca and legacy\.serverName, or legacy\.pin/,
    );
    const noCa = await check({ FACADE_LEGACY_CA: join(directory, 'none.pem') });
    assert.match(
      only('legacy', noCa.findings).message,
      /can't be dialled: legacy\.ca: .*none\.pem can't be read: ENOENT/,
    );
  });

  it('says where the engine would make what it is to share with the legacy', async () => {
    const unnamed = only('shared', (await check()).findings);
    assert.equal(unnamed.level, 'warning');
    assert.match(unnamed.message, /no setting says where .* makes its own/);
    const keyless = only('shared', (await check({ BOREALIS_DATABASE_PATH: legacy.databaseFile })).findings);
    assert.match(keyless.message, /^no setting says where the legacy's keys are: /);
    const found = await check({ BOREALIS_PROJECT_ROOT: legacy.root });
    assert.equal(only('shared', found.findings).level, 'ok');
    const empty = await check({ BOREALIS_PROJECT_ROOT: directory });
    assert.equal(empty.ok, false);
    const [database, key] = about('shared', empty.findings);
    assert.match(String(database?.message), /there is no .*database\.db: the engine would make an empty one/);
    assert.match(String(key?.message), /there is no .*borealis-jwt-ed25519\.key: .* agents lose their tokens/);
    const off = await check({ BOREALIS_PROJECT_ROOT: directory, FACADE_ENGINE_MODE: 'off' });
    assert.deepEqual(about('shared', off.findings), []);
  });

  it('warns of an admin API that the network can listen to', async () => {
    assert.deepEqual(about('admin', (await check()).findings), []);
    const open = only('admin', (await check({ FACADE_ADMIN_HOST: '0.0.0.0' })).findings);
    assert.equal(open.level, 'warning');
    assert.match(open.message, /plain HTTP/);
  });

  it('asks an engine that runs by itself', async () => {
    const { findings } = await check({ FACADE_ENGINE_MODE: 'url', FACADE_ENGINE_URL: 'http://127.0.0.1:9' });
    assert.equal(only('engine', findings).level, 'problem');
  });

  it('judges the certificate by its dates, its key and its chain', async () => {
    const [one, other] = [certificates.authority('one'), certificates.authority('two')];
    const leaf = one.leaf('leaf');
    const certificate = async (bundle: string, key: string, now = Date.now()) =>
      about('certificate', (await check({ FACADE_TLS_CERTIFICATE: bundle, FACADE_TLS_KEY: key }, { now })).findings);
    const levels = (findings: readonly CheckFinding[]) => findings.map(({ level }) => level);
    const later = await certificate(leaf.bundleFile, leaf.keyFile, Date.now() + 3 * DAY_MS);
    assert.deepEqual(levels(later), ['problem']);
    assert.match(String(later[0]?.message), /expired at/);
    const early = await certificate(leaf.bundleFile, leaf.keyFile, Date.now() - DAY_MS);
    assert.match(String(early[0]?.message), /not valid before/);
    const mismatch = await certificate(leaf.bundleFile, other.leaf('leaf').keyFile);
    assert.match(String(mismatch[0]?.message), /not the key of the first certificate/);
    const wrongChain = join(directory, 'chain.pem');
    writeFileSync(wrongChain, leaf.certificate + other.leaf('second').certificate);
    const chain = await certificate(wrongChain, leaf.keyFile);
    assert.match(String(chain[0]?.message), /was not issued by certificate 2/);
    const missing = await certificate(join(directory, 'gone.pem'), leaf.keyFile);
    assert.match(String(missing[0]?.message), /gone\.pem can't be read \(ENOENT\)/);
    assert.equal(only('certificate', (await check()).findings).level, 'warning');
  });

  it('looks at who else can read the state directory', async () => {
    const state = join(directory, 'state');
    assert.match(only('state-directory', (await check()).findings).message, /is made on the first start/);
    mkdirSync(state, { mode: 0o700 });
    assert.equal(only('state-directory', (await check()).findings).level, 'ok');
    chmodSync(state, 0o755);
    assert.match(only('state-directory', (await check()).findings).message, /open to other users/);
    chmodSync(state, 0o700);
    writeFileSync(join(state, 'admin.token'), 'x'.repeat(40), { mode: 0o644 });
    assert.match(only('state-directory', (await check()).findings).message, /chmod 600/);
    rmSync(state, { recursive: true });
    writeFileSync(state, '');
    assert.match(only('state-directory', (await check()).findings).message, /is no directory/);
  });

  it('finds paths that the legacy reads otherwise than the table', async () => {
    const unnamed = await check({}, { paths: true });
    assert.ok(unnamed.ok, 'what the default row serves is no problem');
    assert.ok(about('paths', unnamed.findings).some(({ message }) => message.endsWith('the table no such path')));
    writeFileSync(
      join(directory, 'table.yaml'),
      `${TABLE}  - { id: nowhere, match: POST /health/:what, stage: legacy }\n  - { id: time, match: POST /api/server/time, stage: legacy }\n`,
    );
    const { ok, findings } = await check({}, { paths: true });
    assert.equal(ok, false);
    const told = about('paths', findings).map(({ message }) => message);
    assert.ok(
      told.some((line) => line.startsWith('/api/server/time: the legacy says ')),
      told.join('\n'),
    );
  });

  it('reads the odd paths of the whole shipped table as the legacy does', async function () {
    this.timeout(60_000);
    const { findings } = await check({ FACADE_TABLE_FILE: 'config/migration-table.yaml' }, { paths: true });
    const { level, message } = only('paths', findings);
    assert.equal(level, 'ok');
    const [, compared] = /^(\d+) of \d+ odd paths could be compared, 0 are read differently$/.exec(message) ?? [];
    assert.ok(Number(compared) > 500, message);
  });
});
