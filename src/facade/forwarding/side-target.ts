/** Where a side listens and how it is dialled: pool, timeouts, certificate. One per side for the facade's life. */
import { createHash } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { checkServerIdentity, TLSSocket } from 'node:tls';
import { buildConnector, type Dispatcher, Pool } from 'undici';
import type { LegacyAddress } from '../../legacy-bridge/dialling/legacy-address.js';
import { readSettingFile } from '../settings/read-setting-file.js';
import type { Side } from '../side.js';
import { SideClient } from './side-client.js';

/** A side that can be forwarded to. */
export interface SideTarget {
  readonly side: Side;
  readonly dispatcher: Dispatcher;
  /** Name for TLS. Always set, because undici would otherwise take it from the client's `Host`; unused without TLS. */
  readonly servername: string;
  /** Ends all connections, those in use too. */
  close(): Promise<void>;
}

/** Limits that every side is dialled under (settings `limits`). */
export interface SideLimits {
  /** Milliseconds. */
  readonly connectTimeoutMs: number;
  readonly sideConnections: number;
}

/** How long an unused connection is kept, unless the side's `Keep-Alive` says less. */
const KEEP_IDLE_MS = 30_000;
/** Stands where TLS would need a name. */
const NO_NAME = 'localhost';
const MOST_ANSWER_HEAD_BYTES = 128 * 1024;

/** @throws SettingsError when the CA file can't be read */
export function legacyTarget(address: LegacyAddress, limits: SideLimits): SideTarget {
  const url = new URL(address.url);
  if (url.protocol === 'http:') return target('legacy', url.origin, NO_NAME, plain(limits), limits);
  const servername = address.serverName === '' ? url.hostname : address.serverName;
  const connector =
    address.pin === '' ? verifying(address, servername, limits) : pinning(address.pin, servername, limits);
  return target('legacy', url.origin, servername, connector, limits);
}

/** @param where a Unix socket's path, or the URL of an engine that runs by itself */
export function engineTarget(
  where: { readonly socketPath: string } | { readonly url: string },
  limits: SideLimits,
): SideTarget {
  if ('socketPath' in where) return target('engine', 'http://engine', NO_NAME, plain(limits, where.socketPath), limits);
  const url = new URL(where.url);
  if (url.protocol === 'http:') return target('engine', url.origin, NO_NAME, plain(limits), limits);
  const connector = named(url.hostname, { timeout: limits.connectTimeoutMs, rejectUnauthorized: true });
  return target('engine', url.origin, url.hostname, connector, limits);
}

function target(
  side: Side,
  origin: string,
  servername: string,
  connector: buildConnector.connector,
  limits: SideLimits,
): SideTarget {
  const dispatcher = new Pool(origin, {
    connections: limits.sideConnections,
    pipelining: 1,
    keepAliveTimeout: KEEP_IDLE_MS,
    keepAliveMaxTimeout: KEEP_IDLE_MS,
    maxHeaderSize: MOST_ANSWER_HEAD_BYTES,
    factory: (url, options) => new SideClient(String(url), options, connector),
  });
  return { side, dispatcher, servername, close: () => dispatcher.destroy() };
}

function plain(limits: SideLimits, socketPath?: string): buildConnector.connector {
  return buildConnector({ timeout: limits.connectTimeoutMs, ...(socketPath === undefined ? {} : { socketPath }) });
}

function verifying(address: LegacyAddress, servername: string, limits: SideLimits): buildConnector.connector {
  const ca = address.ca === '' ? {} : { ca: readSettingFile('legacy.ca', address.ca) };
  return named(servername, { ...ca, rejectUnauthorized: true, timeout: limits.connectTimeoutMs });
}

/** An address is no name to ask for in the handshake (RFC 6066 3), but the certificate must carry it all the same. */
function named(servername: string, options: buildConnector.BuildOptions): buildConnector.connector {
  if (isIP(servername) === 0) return buildConnector({ ...options, servername });
  const dial = buildConnector({
    ...options,
    checkServerIdentity: (_host, peer) => checkServerIdentity(servername, peer),
  });
  return (target, callback) => dial({ ...target, servername: '', host: servername }, callback);
}

/** Accepts exactly the pinned certificate. Sessions are not resumed, so each connection shows its certificate. */
function pinning(pin: string, servername: string, limits: SideLimits): buildConnector.connector {
  const wanted = pin.replaceAll(':', '').toLowerCase();
  const dial = named(servername, {
    // The pin below is the verification: it holds whatever the root, name and dates say.
    rejectUnauthorized: false,
    maxCachedSessions: 0,
    timeout: limits.connectTimeoutMs,
  });
  return (options, callback) =>
    dial(options, (...result: Parameters<buildConnector.Callback>) => {
      const [error, socket] = result;
      if (error !== null) return callback(...result);
      if (fingerprint(socket) === wanted) return callback(null, socket);
      socket.on('error', () => undefined).destroy();
      callback(Object.assign(new Error('certificate is not the pinned one'), { code: 'ERR_TLS_CERT_PIN' }), null);
    });
}

/** SHA-256 of the peer's leaf certificate, lower-case hex. */
function fingerprint(socket: Socket): string | undefined {
  const raw = socket instanceof TLSSocket ? socket.getPeerCertificate().raw : undefined;
  return raw === undefined ? undefined : createHash('sha256').update(raw).digest('hex');
}
