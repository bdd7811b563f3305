import type { SplitSettings } from '../sockets/split/split-settings.js';

/** The facade's settings, read once at start and frozen. Meaning and defaults: settings-schema.ts. */
export interface FacadeSettings {
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: { readonly certificate: string; readonly key: string; readonly minVersion: 'TLSv1.2' | 'TLSv1.3' };
  readonly trustedProxies: readonly string[];
  readonly legacy: { readonly url: string; readonly ca: string; readonly pin: string; readonly serverName: string };
  readonly engine: { readonly mode: 'spawn' | 'url' | 'off'; readonly url: string; readonly readyTimeoutMs: number };
  readonly shared: {
    readonly projectRoot: string;
    readonly root: string;
    readonly database: string;
    readonly serverRoot: string;
    readonly certificates: string;
  };
  readonly table: { readonly file: string; readonly pollMs: number };
  readonly stateDirectory: string;
  readonly admin: { readonly host: string; readonly port: number; readonly token: string };
  readonly limits: {
    readonly headerBytes: number;
    readonly headersTimeoutMs: number;
    readonly idleConnectionMs: number;
    readonly idleBodyMs: number;
    readonly connectTimeoutMs: number;
    readonly sideConnections: number;
    readonly shutdownMs: number;
  };
  readonly answers: { readonly servedBy: 'none' | 'browsers' | 'all' };
  readonly breaker: { readonly failures: number; readonly openMs: number };
  readonly alerts: {
    readonly webhooks: readonly string[];
    readonly ca: string;
    readonly timeoutMs: number;
    readonly deadlineMs: number;
  };
  readonly sockets: { readonly split: SplitSettings };
  readonly shadow: {
    readonly connections: number;
    readonly legacyConnections: number;
    readonly dryRuns: number;
    readonly dryRunTimeoutMs: number;
    readonly copyTimeoutMs: number;
    readonly queue: number;
    readonly headStartMs: number;
    readonly maxWaitMs: number;
    readonly maxBodyBytes: number;
    readonly bodyWaitMs: number;
    readonly maxBufferedBytes: number;
    readonly maxLagMs: number;
    readonly maxBusyPercent: number;
    readonly maxCoreWaitPercent: number;
    readonly noisePercent: number;
    readonly wayBackPercent: number;
    readonly observer: {
      readonly searchedRows: number;
      readonly searchedBytes: number;
      readonly corePercent: number;
      readonly maxEffectsBytes: number;
      readonly maxAgeMs: number;
      readonly silenceMs: number;
    };
  };
  readonly evidence: {
    readonly mismatchesPerRow: number;
    readonly matchesPerRow: number;
    readonly days: number;
    readonly megabytes: number;
    readonly redactHeaders: readonly string[];
    readonly redactKeys: readonly string[];
    readonly redactPatterns: readonly string[];
  };
  readonly log: {
    readonly level: 'error' | 'warn' | 'info' | 'debug';
    readonly directory: string;
    readonly requests: boolean;
  };
}
