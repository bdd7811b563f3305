import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Alert } from '../../../src/facade/alerting/alert.js';
import { type Alerts, createAlerts } from '../../../src/facade/alerting/alerts.js';
import { engineAlerts } from '../../../src/facade/alerting/engine-alerts.js';
import { readWebhook } from '../../../src/facade/alerting/webhook-target.js';
import { makeCertificates } from '../../kit/certificates.js';
import { recordingLog } from '../../kit/silent-log.js';
import { startReceiver, type WebhookReceiver } from './webhook-receiver.js';

const TOKEN = 'a-token-that-nobody-else-may-see';
const ALERT: Alert = { event: 'guard_blocked', text: 'It can not go back.', details: { row: 'a' } };

describe('alerts', () => {
  let directory: string;
  let tokenFile: string;
  let alerts: Alerts;
  let receivers: WebhookReceiver[];
  let log: ReturnType<typeof recordingLog>;
  let counted: string[];
  let clock: { now: number };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'facade-alerts-'));
    tokenFile = join(directory, 'token');
    writeFileSync(tokenFile, `${TOKEN}\n`);
    receivers = [];
    counted = [];
    log = recordingLog();
    clock = { now: 0 };
  });
  afterEach(async () => {
    await alerts.close();
    await Promise.all(receivers.map((one) => one.close()));
    rmSync(directory, { recursive: true });
    for (const secret of [TOKEN, 'in-the-address']) assert.ok(!JSON.stringify(log.entries).includes(secret), secret);
  });

  const receive = async (...args: Parameters<typeof startReceiver>): Promise<WebhookReceiver> => {
    const receiver = await startReceiver(...args);
    receivers.push(receiver);
    return receiver;
  };
  const open = (webhooks: string[], more: { ca?: string; timeoutMs?: number; deadlineMs?: number } = {}): Alerts => {
    alerts = createAlerts({
      settings: { webhooks, ca: '', timeoutMs: 1000, deadlineMs: 60_000, ...more },
      version: '1.2.3',
      metrics: {
        alertFailed: (webhook) => counted.push(`${webhook} failed`),
        alertSettled: (webhook, outcome) => counted.push(`${webhook} ${outcome}`),
      },
      ...{ log, now: () => clock.now, wallClock: () => 1_700_000_000_000, random: () => 0, backoffMs: 20 },
    });
    return alerts;
  };

  it('reach each webhook as JSON, with its token', async () => {
    const [first, second] = [await receive(), await receive()];
    open([`${first.url} ${tokenFile}`, second.url]).tell(ALERT);
    const { message, headers, path } = await first.nth(1);
    const { id, facade, ...rest } = message;
    assert.deepEqual(rest, { version: 1, at: '2023-11-14T22:13:20.000Z', severity: 'critical', ...ALERT });
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.equal(facade.version, '1.2.3');
    assert.equal(headers.authorization, `Bearer ${TOKEN}`);
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(path, '/hook?key=in-the-address');
    const other = await second.nth(1);
    assert.equal(other.message.id, id);
    assert.equal(other.headers.authorization, undefined, 'the token is for the first alone');
    await log.told('alert delivered');
  });

  it('are tried again, the same, while the receiver fails; and none is held up by another webhook', async () => {
    const failing = await receive((nth, res) => {
      if (nth === 1) res.destroy();
      else if (nth === 2) res.writeHead(503).end();
      else if (nth === 3) res.writeHead(429, { 'retry-after': '0' }).end();
      else res.writeHead(200).end('{}');
    });
    const fine = await receive();
    open([failing.url, fine.url]).tell(ALERT);
    await fine.nth(1);
    await failing.nth(4);
    assert.equal(new Set(failing.received.map(({ message }) => message.id)).size, 1);
    while (!counted.includes('1 delivered')) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      counted.filter((line) => line.startsWith('1')),
      ['1 failed', '1 failed', '1 failed', '1 delivered'],
    );
  });

  it('are given up when a status says that trying again is no use; redirects are not followed', async () => {
    const elsewhere = await receive();
    const moved = await receive((_nth, res) => void res.writeHead(307, { location: elsewhere.url }).end());
    open([`${moved.url} ${tokenFile}`]).tell(ALERT);
    const lost = await log.told('alert lost');
    assert.equal(lost?.outcome, 'refused');
    assert.equal(lost?.webhook, 1);
    assert.equal(elsewhere.received.length, 0);
    assert.equal(moved.received.length, 1);
  });

  it('are given up when they are too old', async () => {
    const receiver = await receive((_nth, res) => {
      clock.now += 30_000;
      res.writeHead(500).end();
    });
    open([receiver.url]).tell(ALERT);
    assert.equal((await log.told('alert lost'))?.outcome, 'expired');
    assert.equal(receiver.received.length, 2);
  });

  it('wait for a receiver in bounded number, the newest first to stay', async () => {
    const receiver = await receive((nth, res) => {
      if (nth > 1) res.writeHead(200).end(); // The first is never answered.
    });
    open([receiver.url], { timeoutMs: 300 });
    for (let at = 0; at < 300; at += 1) alerts.tell({ ...ALERT, details: { at } });
    assert.equal(alerts.waiting().get(1), 256);
    assert.equal(counted.filter((line) => line === '1 dropped').length, 44);
    const { message } = await receiver.nth(3);
    assert.equal(message.details.at, 45, 'the first again, then the oldest that is left');
  });

  it('are tried once more when the facade stops, for a second at most', async () => {
    const stuck = await receive(() => undefined);
    open([stuck.url], { timeoutMs: 60_000 }).tell(ALERT);
    await stuck.nth(1);
    const from = performance.now();
    await alerts.close();
    assert.ok(performance.now() - from < 3000);
    assert.deepEqual(counted.at(-1), '1 dropped');
    alerts.tell(ALERT);
    assert.equal(alerts.waiting().get(1), 0, 'nothing is taken after the end');
  });

  it('go only to receivers whose certificate is good', async () => {
    const certificates = makeCertificates();
    const authority = certificates.authority('root');
    const leaf = authority.leaf('alerts');
    const receiver = await receive(undefined, { cert: leaf.certificate, key: leaf.key });
    open([receiver.url], { deadlineMs: 0 }).tell(ALERT);
    assert.equal((await log.told('alert lost'))?.outcome, 'expired');
    assert.match(String((await log.told('alert not delivered'))?.reason), /CERT|SELF_SIGNED|UNABLE_TO/);
    assert.equal(receiver.received.length, 0);
    await alerts.close();
    open([receiver.url], { ca: authority.rootFile }).tell(ALERT);
    await receiver.nth(1);
    certificates.remove();
  });

  it('are not sent without the token that they need', async () => {
    const receiver = await receive();
    open([`${receiver.url} ${join(directory, 'absent')}`]).tell(ALERT);
    assert.match(String((await log.told('alert not delivered'))?.reason), /token file/);
    assert.equal(receiver.received.length, 0);
    writeFileSync(join(directory, 'absent'), TOKEN);
    assert.equal((await receiver.nth(1)).headers.authorization, `Bearer ${TOKEN}`);
  });
});

describe('a webhook of the settings', () => {
  it('is an address, and a token file that goes over https or loopback alone', () => {
    assert.deepEqual(readWebhook('https://alerts.example:8443/a?b=c /run/token file', 2), {
      ...{ number: 2, url: 'https://alerts.example:8443/a?b=c', origin: 'https://alerts.example:8443' },
      tokenFile: '/run/token file',
    });
    for (const bad of ['', 'alerts.example', 'ftp://x/', 'https://kim:secret@x/', 'http://alerts.example/ /run/token'])
      assert.equal(typeof readWebhook(bad, 1), 'string', bad);
    for (const good of ['http://alerts.example/', 'http://127.0.0.1:1/ token', 'http://[::1]/ token'])
      assert.equal(typeof readWebhook(good, 1), 'object', good);
  });
});

describe('engine alerts', () => {
  it('tell of an engine that ends again and again now and then', () => {
    const told: string[] = [];
    const clock = { now: 0 };
    const listen = engineAlerts({ alerts: { tell: ({ text }) => told.push(text) }, now: () => clock.now });
    const end = (state: 'ready' | 'waiting', restarts: number) =>
      listen({ state, build: 'b', pid: 1, restarts, since: 0, lastEnd: 'signal SIGKILL' });
    end('ready', 0);
    for (let restarts = 0; restarts < 5; restarts += 1) end('waiting', restarts);
    clock.now += 300_000;
    end('waiting', 5);
    assert.deepEqual(told, [
      'The engine ended, by signal SIGKILL, and is started again.',
      'The engine ended 5 times since it was last told, by signal SIGKILL, and is started again.',
    ]);
  });
});
