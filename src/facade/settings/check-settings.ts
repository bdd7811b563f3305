/** Rules between settings, which a schema of single fields can't hold. Pure: opens no file, asks no network. */
import { isIP } from 'node:net';
import { readWebhook } from '../alerting/webhook-target.js';
import type { FacadeSettings } from './settings.js';

/** Every broken rule, as `field: what was expected`. */
export function checkSettings(settings: FacadeSettings): string[] {
  return [
    ...tlsProblems(settings),
    ...legacyProblems(settings),
    ...engineProblems(settings),
    ...settings.trustedProxies
      .filter((range) => !isRange(range))
      .map((range) => `trustedProxies: expected addresses or CIDR ranges such as 10.0.0.0/8, found "${range}"`),
    ...listenerProblems(settings),
    ...webhookProblems(settings),
    ...redactionProblems(settings),
    ...pingProblems(settings),
    ...messageProblems(settings),
  ];
}

/** A fleet would be pinged without pause, or given up at once; and timers know no more than 24 days. */
function pingProblems({ sockets: { split } }: FacadeSettings): string[] {
  return (['pingIntervalMs', 'pingTimeoutMs'] as const)
    .filter((key) => split[key] < 1_000 || split[key] > 86_400_000)
    .map((key) => `sockets.split.${key}: expected 1000 (a second) to 86400000 (a day), found ${split[key]}`);
}

/** As the engine's own: no text can have more than some 500,000,000 characters, and one that is escaped has up to twice as many. */
const LARGEST_MESSAGE = 300_000_000;

function messageProblems({ sockets: { split } }: FacadeSettings): string[] {
  const { messageBytes } = split;
  if (messageBytes >= 1_000 && messageBytes <= LARGEST_MESSAGE) return [];
  return [`sockets.split.messageBytes: expected 1000 to ${LARGEST_MESSAGE}, found ${messageBytes}`];
}

function redactionProblems({ evidence }: FacadeSettings): string[] {
  return evidence.redactPatterns.flatMap((pattern) => {
    try {
      new RegExp(pattern, 'g');
      return [];
    } catch (error) {
      return [`evidence.redactPatterns: expected regular expressions (${(error as Error).message})`];
    }
  });
}

function tlsProblems({ tls }: FacadeSettings): string[] {
  if ((tls.certificate === '') === (tls.key === '')) return [];
  const missing = tls.certificate === '' ? 'tls.certificate' : 'tls.key';
  return [
    `${missing}: expected a file, since the other half of the pair is set (set both for HTTPS, neither for plain HTTP)`,
  ];
}

function legacyProblems({ legacy }: FacadeSettings): string[] {
  const problems: string[] = [];
  if (legacy.url === '') problems.push('legacy.url: expected the address of the legacy server');
  if (legacy.pin !== '' && !/^[0-9a-f]{64}$/i.test(legacy.pin.replaceAll(':', '')))
    problems.push('legacy.pin: expected a SHA-256 fingerprint of 64 hex digits');
  const overTls = ['ca', 'pin', 'serverName'].filter((key) => legacy[key as 'ca' | 'pin' | 'serverName'] !== '');
  if (legacy.url.startsWith('http:') && overTls.length > 0)
    problems.push(
      `legacy.url: expected https, since legacy.${overTls.join(' and legacy.')} ${overTls.length > 1 ? 'are' : 'is'} set`,
    );
  return problems;
}

function engineProblems({ engine }: FacadeSettings): string[] {
  if (engine.mode === 'url' && engine.url === '')
    return ['engine.url: expected the address of the engine, since engine.mode is "url"'];
  if (engine.mode !== 'url' && engine.url !== '')
    return [`engine.mode: expected "url", since engine.url is set; found "${engine.mode}"`];
  return [];
}

function listenerProblems({ listen, admin, legacy, limits }: FacadeSettings): string[] {
  const problems: string[] = [];
  if (listen.port !== 0 && listen.port === admin.port && overlap(listen.host, admin.host))
    problems.push('admin.port: expected another port than listen.port');
  const { hostname, port, protocol } = URL.canParse(legacy.url)
    ? new URL(legacy.url)
    : { hostname: '', port: '', protocol: '' };
  const legacyPort = Number(port || (protocol === 'https:' ? 443 : 80));
  if (
    listen.port !== 0 &&
    legacyPort === listen.port &&
    overlap(listen.host, hostname === 'localhost' ? '127.0.0.1' : hostname)
  )
    problems.push(
      'legacy.url: expected another address than the one that the facade listens on (it would forward to itself)',
    );
  if (limits.idleConnectionMs < 60_000)
    problems.push(
      `limits.idleConnectionMs: expected 60000 or more (agents call every 30 s on one connection), found ${limits.idleConnectionMs}`,
    );
  return problems;
}

/** The address is not shown: it may hold a secret. */
function webhookProblems({ alerts }: FacadeSettings): string[] {
  return alerts.webhooks.flatMap((entry, at) => {
    const read = readWebhook(entry, at + 1);
    return typeof read === 'string' ? [`alerts.webhooks[${at}]: ${read}`] : [];
  });
}

/** True when the two could be one address on this machine. */
function overlap(a: string, b: string): boolean {
  const wildcards = ['0.0.0.0', '::'];
  const loopback = (host: string) =>
    host === 'localhost' || host === '::1' || host === '[::1]' || host.startsWith('127.');
  return (
    a === b ||
    (wildcards.includes(a) && (loopback(b) || wildcards.includes(b))) ||
    (wildcards.includes(b) && loopback(a))
  );
}

function isRange(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}
