/** The engine's settings as its parts see them: read once at start, frozen. docs/reference/engine-settings.md tells them. */
import type { LegacyAddress } from '../../legacy-bridge/dialling/legacy-address.js';
import type { LegacyLayout } from '../../legacy-bridge/layout/legacy-layout.js';
import type { CookieAttributes } from '../../legacy-bridge/operators/cookie-lines.js';
import type { BackgroundTaskName } from './background-task-name.js';

/** Where the engine listens. */
export type ListenAddress =
  /** Unix socket, mode 0600, for the facade that started the engine. */
  | { readonly kind: 'socket'; readonly path: string }
  /** TCP; without `tls` on loopback addresses only. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls: TlsFiles | undefined };

/** PEM files of the listener. `certificate` holds the chain, leaf first. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

export interface EngineSettings {
  /** Root of logs, database, static files and cache. */
  readonly root: string;
  readonly debug: boolean;
  readonly listen: ListenAddress;
  /** Folder of `engine.log`. */
  readonly logsRoot: string;
  readonly database: {
    readonly path: string;
    /** Create what is missing of the schema at start. */
    readonly autoMigrate: boolean;
    /** Longest wait for the legacy to release a lock, in milliseconds. */
    readonly busyDeadlineMs: number;
    readonly dryRun: {
      /** Longest wait of a dry run for the database, in milliseconds: the client waits too. */
      readonly waitMs: number;
      /** Longest time that a dry run holds the database, in milliseconds. */
      readonly holdMs: number;
    };
  };
  /** Folder of the single-page application; need not exist. */
  readonly staticRoot: string;
  /** Origins that get CORS headers; `*` alone means any. */
  readonly corsOrigins: readonly string[];
  /** Seals session and operator tokens on both sides. */
  readonly secret: { readonly value: string; readonly isDefault: boolean };
  /** How long operator tokens live, in seconds; undefined: none is accepted. */
  readonly tokenTtlSeconds: number | undefined;
  /** What both cookies of operators carry. */
  readonly cookies: CookieAttributes;
  /** `BOREALIS_SECRET_KEY`: base64 of the Fernet key of stored secrets; undefined when its file holds it. */
  readonly storedSecretsKey: string | undefined;
  /** Shared keys and certificates. */
  readonly layout: LegacyLayout;
  readonly mfaIssuer: string;
  readonly repository: {
    /** GitHub `owner/name`. */
    readonly name: string;
    readonly branch: string;
    /** 30 to 3600. */
    readonly hashRefreshSeconds: number;
    readonly cacheDirectory: string;
    /** Obey the system's proxy variables for calls to GitHub. */
    readonly allowProxies: boolean;
  };
  readonly scheduler: {
    /** Days for which runs of scheduled jobs are kept, and shown where no number is asked for. */
    readonly historyDays: number;
    /** Sign scripts that are sent to agents; the legacy does not. */
    readonly signScripts: boolean;
    /** Tell every client of a job that goes out, as the legacy does; else, and by default, the agents of its host alone. */
    readonly jobsToAll: boolean;
  };
  /** Playbooks that the server runs itself. */
  readonly playbooks: {
    /** Below which each run has its files while it goes on. */
    readonly folder: string;
    /** Runs that go on at the same time. */
    readonly atOnce: number;
    /** After so long a run is ended, in seconds. */
    readonly mostSeconds: number;
    /** Variables that callers send may say how hosts are reached (`ansible_…`), and their values may be templates. */
    readonly trustsVariables: boolean;
  };
  /** Background tasks that are this engine's from the start, where no facade tells it. */
  readonly background: readonly BackgroundTaskName[];
  readonly sockets: {
    /** Largest message of a client, in bytes; one with attachments counts as a whole. */
    readonly maxMessageBytes: number;
    /** What a client may have left unread when more is to be sent to it, in bytes; a facade eight times as much. */
    readonly maxUnsentBytes: number;
    /** Events of one connection per second in the long run; 0: any number. */
    readonly mostEventsPerSecond: number;
    /** Connections of one address at once; 0: any number. */
    readonly mostPerAddress: number;
    /** Milliseconds between pings. */
    readonly pingIntervalMs: number;
    /** Milliseconds of silence after a ping, after which a client counts as gone. */
    readonly pingTimeoutMs: number;
    /** Longest time until an agent's news is in its device's row, in milliseconds. */
    readonly presenceDelayMs: number;
    readonly relay: {
      /** The legacy that clients of this engine's server are to hear too, where no facade says so; undefined: none. */
      readonly legacy: LegacyAddress | undefined;
      /** Presence events that the legacy is told per second at most. */
      readonly eventsPerSecond: number;
    };
  };
  /** Longest request body that is read, in bytes. */
  readonly maxBodyBytes: number;
  /** What an operator should know about odd values; logged at start. */
  readonly warnings: readonly string[];
}
