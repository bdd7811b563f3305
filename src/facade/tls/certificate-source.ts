/**
 * The certificate bundle and key that the listener presents: read, checked, and read again when the files change.
 * A pair that can't be used never replaces one that can. Knows nothing of connections.
 */
import { readFileSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Log } from '../logging/log.js';
import {
  CertificateError,
  type CertificateErrorCode,
  type CertificateFacts,
  readCertificatePair,
} from './certificate-pair.js';

/** What Node's TLS server needs. */
export interface SecureContext {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
}

export interface CertificateSourceOptions {
  /** PEM file: leaf first, then its issuers. */
  readonly certificate: string;
  /** PEM file with the leaf's private key. */
  readonly key: string;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly log: Log;
  /** Wall clock, milliseconds. */
  readonly now: () => number;
  /** How often the files are looked at besides file events, milliseconds. Default 2000. */
  readonly pollMs?: number;
}

export interface CertificateSource {
  secureContext(): SecureContext;
  /** What is presented now. */
  facts(): CertificateFacts;
  /** Why the files on disk are not in use; undefined when they are. */
  rejected(): string | undefined;
  /** Called after each change of what is presented. */
  onChange(listener: (context: SecureContext, facts: CertificateFacts) => void): void;
  close(): void;
}

const DEFAULT_POLL_MS = 2000;
/** Two files are replaced one after the other: wait for the second. */
const SETTLE_MS = 200;

/** @throws CertificateError when the pair can't be used at the start; an expired one is used, with a warning */
export function openCertificateSource(options: CertificateSourceOptions): CertificateSource {
  return new FileCertificateSource(options);
}

class FileCertificateSource implements CertificateSource {
  readonly #options: CertificateSourceOptions;
  readonly #listeners: ((context: SecureContext, facts: CertificateFacts) => void)[] = [];
  readonly #stopWatching: () => void;
  #context: SecureContext;
  #facts: CertificateFacts;
  #stamp: string;
  #rejected: string | undefined;
  #settling: NodeJS.Timeout | undefined;

  constructor(options: CertificateSourceOptions) {
    this.#options = options;
    this.#stamp = stampOf(options);
    const { context, facts } = load(options);
    this.#context = context;
    this.#facts = facts;
    this.#report('certificate in use');
    this.#stopWatching = this.#watch();
  }

  secureContext(): SecureContext {
    return this.#context;
  }

  facts(): CertificateFacts {
    return this.#facts;
  }

  rejected(): string | undefined {
    return this.#rejected;
  }

  onChange(listener: (context: SecureContext, facts: CertificateFacts) => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    clearTimeout(this.#settling);
    this.#stopWatching();
  }

  /** Directories, not files: renewals replace files, and a watch on a replaced file sees nothing more. */
  #watch(): () => void {
    const directories = new Set([dirname(this.#options.certificate), dirname(this.#options.key)]);
    const look = (): void => this.#look();
    const watchers = [...directories].map((directory) => watch(directory, look));
    // Polling goes on without file events (bind mounts, removed directories), so their failure is only a word in the log.
    for (const watcher of watchers)
      watcher.on('error', (error) => this.#options.log.debug('certificate watch failed', { cause: error.message }));
    const poll = setInterval(look, this.#options.pollMs ?? DEFAULT_POLL_MS).unref();
    return () => {
      clearInterval(poll);
      for (const watcher of watchers) watcher.close();
    };
  }

  #look(): void {
    const stamp = stampOf(this.#options);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#reload(), SETTLE_MS);
  }

  #reload(): void {
    try {
      const { context, facts } = load(this.#options);
      const same = context.cert.equals(this.#context.cert) && context.key.equals(this.#context.key);
      this.#rejected = undefined;
      if (same) return;
      this.#context = context;
      this.#facts = facts;
    } catch (error) {
      this.#rejected = error instanceof Error ? error.message : String(error);
      this.#options.log.error('certificate refused, the last good one stays', { cause: this.#rejected });
      return;
    }
    this.#report('certificate changed');
    for (const listener of this.#listeners) listener(this.#context, this.#facts);
  }

  #report(message: string): void {
    const { names, notAfter, fingerprint, chainProblems } = this.#facts;
    const { log, now } = this.#options;
    log.info(message, { names, notAfter: notAfter.toISOString(), fingerprint });
    if (notAfter.getTime() < now()) log.warn('certificate is expired', { notAfter: notAfter.toISOString() });
    for (const problem of chainProblems) log.warn('certificate chain', { problem });
  }
}

function load({ certificate, key, minVersion }: CertificateSourceOptions): {
  readonly context: SecureContext;
  readonly facts: CertificateFacts;
} {
  const cert = readSetting('tls.certificate', certificate, 'certificate_unreadable');
  const keyBytes = readSetting('tls.key', key, 'key_unreadable');
  return { facts: readCertificatePair(cert, keyBytes), context: { cert, key: keyBytes, minVersion } };
}

function readSetting(setting: string, file: string, code: CertificateErrorCode): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CertificateError(code, `${setting}: ${file} can't be read: ${(error as Error).message}`, error);
  }
}

/** Changes when either file is written or replaced. A missing file is a stamp too. */
function stampOf({ certificate, key }: CertificateSourceOptions): string {
  return [certificate, key]
    .map((file) => {
      const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
      return stat === undefined ? 'missing' : `${stat.mtimeNs}:${stat.size}:${stat.ino}`;
    })
    .join('|');
}
