/**
 * Opens connections to a side for tunnels: TCP, TLS verified against a bundle or a pinned certificate, or a Unix
 * socket. Forwarding dials with undici and has its own (forwarding/side-target.ts); what both accept is the same.
 */
import type { Agent as HttpAgent } from 'node:http';
import type { LegacyAddress } from '../../legacy-bridge/dialling/legacy-address.js';
import { hostOf, legacyAgent, plainAgent, verifyingAgent } from '../../legacy-bridge/dialling/legacy-agent.js';

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

/** @throws when the CA file can't be read */
export function legacyDialer(address: LegacyAddress): SideDialer {
  const url = new URL(address.url);
  if (url.protocol === 'http:') return plainDialer(url);
  return { target: { protocol: 'https:', host: hostOf(url), port: url.port || '443' }, agent: legacyAgent(address) };
}

/** @param where a Unix socket's path, or the URL of an engine that runs by itself */
export function engineDialer(where: { readonly socketPath: string } | { readonly url: string }): SideDialer {
  if ('socketPath' in where) {
    const target = { protocol: 'http:', host: 'engine', port: '80', socketPath: where.socketPath } as const;
    return { target, agent: plainAgent() };
  }
  const url = new URL(where.url);
  if (url.protocol === 'http:') return plainDialer(url);
  const target = { protocol: 'https:', host: hostOf(url), port: url.port || '443' } as const;
  return { target, agent: verifyingAgent('', hostOf(url)) };
}

function plainDialer(url: URL): SideDialer {
  return { target: { protocol: 'http:', host: hostOf(url), port: url.port || '80' }, agent: plainAgent() };
}
