/**
 * Opens connections to a side for tunnels: TCP, TLS verified against a bundle or a pinned certificate, or a Unix
 * socket. Forwarding dials with undici and has its own (forwarding/side-target.ts); what both accept is the same.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { type AgentOptions, Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, checkServerIdentity, connect as connectTls } from 'node:tls';
import type { LegacyAddress } from '../forwarding/side-target.js';

/** What http-proxy needs to dial a side. */
export interface SideDialer {
  readonly target: {
    readonly protocol: 'http:' | 'https:';
    readonly host: string;
    readonly port: string;
    readonly socketPath?: string;
  };
  readonly agent: HttpAgent;
}

/**
 * A tunnel holds its connection until it ends, so none is kept for another. The agent is shared all the same:
 * Node would otherwise make one per tunnel.
 */
const ONE_USE = { keepAlive: false } as const;

/** @throws when the CA file can't be read */
export function legacyDialer(address: LegacyAddress): SideDialer {
  const url = new URL(address.url);
  if (url.protocol === 'http:') return plainDialer(url);
  const name = address.serverName === '' ? hostOf(url) : address.serverName;
  const agent = address.pin === '' ? verifyingAgent(address.ca, name) : new PinningAgent(address.pin, tlsOptions(name));
  return { target: { protocol: 'https:', host: hostOf(url), port: url.port || '443' }, agent };
}

/** @param where a Unix socket's path, or the URL of an engine that runs by itself */
export function engineDialer(where: { readonly socketPath: string } | { readonly url: string }): SideDialer {
  if ('socketPath' in where) {
    const target = { protocol: 'http:', host: 'engine', port: '80', socketPath: where.socketPath } as const;
    return { target, agent: new HttpAgent(ONE_USE) };
  }
  const url = new URL(where.url);
  if (url.protocol === 'http:') return plainDialer(url);
  const target = { protocol: 'https:', host: hostOf(url), port: url.port || '443' } as const;
  return { target, agent: verifyingAgent('', hostOf(url)) };
}

function plainDialer(url: URL): SideDialer {
  return { target: { protocol: 'http:', host: hostOf(url), port: url.port || '80' }, agent: new HttpAgent(ONE_USE) };
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function tlsOptions(name: string): AgentOptions & ConnectionOptions {
  // Left out, Node would derive the name from the `Host` header, which the client chose. An address is no SNI (RFC 6066, 3).
  return { ...ONE_USE, servername: isIP(name) === 0 ? name : '', minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] };
}

function verifyingAgent(ca: string, name: string): HttpsAgent {
  return new HttpsAgent({
    ...tlsOptions(name),
    ...(ca === '' ? {} : { ca: readFileSync(ca) }),
    checkServerIdentity: (_dialled, certificate) => checkServerIdentity(name, certificate),
  });
}

const LONGEST_TLS_HANDSHAKE_MS = 10_000;

type Created = (error: Error | null, socket: Duplex) => void;

/** Hands out a connection only after its certificate was seen to be the pinned one, so that no header reaches another server. */
class PinningAgent extends HttpsAgent {
  readonly #pin: string;

  constructor(pin: string, options: AgentOptions) {
    // A resumed session shows no certificate, so none is resumed.
    super({ ...options, maxCachedSessions: 0 });
    this.#pin = pin.replaceAll(':', '').toLowerCase();
  }

  override createConnection(options: ConnectionOptions, created: Created): undefined {
    // The pin is the verification: it holds whatever the root, name and dates say.
    const socket = connectTls({ ...options, rejectUnauthorized: false });
    // Nobody else can end it while it is not handed out.
    const tooLong = (): void => void socket.destroy(new Error('the TLS handshake took too long'));
    socket.setTimeout(LONGEST_TLS_HANDSHAKE_MS, tooLong);
    const failed = (error: Error): void => created(error, socket);
    socket.once('error', failed);
    socket.once('secureConnect', () => {
      socket.off('error', failed);
      socket.setTimeout(0, tooLong);
      const { raw } = socket.getPeerCertificate();
      if (raw !== undefined && createHash('sha256').update(raw).digest('hex') === this.#pin) created(null, socket);
      else
        created(
          Object.assign(new Error('certificate is not the pinned one'), { code: 'ERR_TLS_CERT_PIN' }),
          socket.destroy(),
        );
    });
  }
}
