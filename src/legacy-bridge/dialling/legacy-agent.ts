/**
 * Opens connections to the legacy for sockets: plain, or by TLS that is verified against a bundle or one pinned certificate. Each
 * serves one socket until that ends.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { type AgentOptions, Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, checkServerIdentity, connect as connectTls } from 'node:tls';
import type { LegacyAddress } from './legacy-address.js';

/**
 * A socket holds its connection until it ends, so none is kept for another. The agent is shared all the same:
 * Node would otherwise make one per socket.
 */
const ONE_USE = { keepAlive: false } as const;

/** @throws when the CA file can't be read */
export function legacyAgent(address: LegacyAddress): HttpAgent {
  const url = new URL(address.url);
  if (url.protocol === 'http:') return plainAgent();
  const name = address.serverName === '' ? hostOf(url) : address.serverName;
  return address.pin === '' ? verifyingAgent(address.ca, name) : new PinningAgent(address.pin, tlsOptions(name));
}

export function plainAgent(): HttpAgent {
  return new HttpAgent(ONE_USE);
}

/** Without the brackets of an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function tlsOptions(name: string): AgentOptions & ConnectionOptions {
  // Left out, Node would derive the name from the `Host` header, which the client chose. An address is no SNI (RFC 6066, 3).
  return { ...ONE_USE, servername: isIP(name) === 0 ? name : '', minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] };
}

/**
 * @param ca PEM file of the roots; empty: the system's
 * @param name that the certificate must carry
 * @throws when the file can't be read
 */
export function verifyingAgent(ca: string, name: string): HttpsAgent {
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
