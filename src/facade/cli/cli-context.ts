/** What every command works with: output, settings, and the running facade. */
import { type FacadeAccess, openAccess } from '../access/open-access.js';
import { AdminTokenError, adminTokenFile, readTokenFile } from '../admin/admin-token.js';
import { loadSettings } from '../settings/load-settings.js';
import type { FacadeSettings } from '../settings/settings.js';
import { AdminClient } from './admin-client.js';
import { CliError } from './cli-error.js';
import type { CliIo } from './cli-io.js';
import { type Style, styleFor } from './style.js';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly config?: string;
  readonly adminUrl?: string;
  readonly tokenFile?: string;
}

export class CliContext {
  readonly io: CliIo;
  readonly style: Style;
  /** Exit code of a command that does not throw. */
  exitCode = 0;

  constructor(io: CliIo) {
    this.io = io;
    this.style = styleFor(io.stdout, io.env);
  }

  /** Prints a value: as JSON when asked for, else as `human` writes it. */
  show<T>({ json }: GlobalOptions, value: T, human: (value: T, style: Style) => string): void {
    this.io.stdout.write(`${json === true ? JSON.stringify(value, undefined, 2) : human(value, this.style)}\n`);
  }

  /** @throws SettingsError */
  settings({ config }: GlobalOptions, env: NodeJS.ProcessEnv = this.io.env): FacadeSettings {
    return loadSettings({ file: config, env, args: [] });
  }

  /** What a facade of these settings would know callers by; to be closed. @throws SettingsError */
  access(options: GlobalOptions): FacadeAccess {
    const { env, now } = this.io;
    return openAccess({ settings: this.settings(options), env, now, monotonic: () => performance.now() });
  }

  /** The facade that the same settings would start, unless options name another. @throws CliError, SettingsError */
  facade(options: GlobalOptions): AdminClient {
    const { adminUrl, tokenFile } = options;
    const url = adminUrl === undefined ? settledUrl(this.settings(options)) : checkedUrl(adminUrl);
    return new AdminClient({ url, token: tokenFile === undefined ? this.#ownToken(options) : givenToken(tokenFile) });
  }

  #ownToken(options: GlobalOptions): string {
    const { admin, stateDirectory } = this.settings(options);
    return admin.token === '' ? givenToken(adminTokenFile(stateDirectory)) : admin.token;
  }
}

/** Prints values one a line, as JSON, as they come: there may be more than memory takes. */
export async function showPages({ io }: CliContext, values: () => AsyncIterable<unknown>): Promise<void> {
  for await (const value of values()) io.stdout.write(`${JSON.stringify(value)}\n`);
}

function givenToken(file: string): string {
  try {
    return readTokenFile(file);
  } catch (error) {
    if (!(error instanceof AdminTokenError)) throw error;
    throw new CliError('unauthorized', error.code, error.message, {
      hint: 'The facade makes this file when it starts. Run this as its user and from its folder, or name the file with --token-file.',
      cause: error,
    });
  }
}

/** A facade that listens on all addresses is reached over loopback. */
function settledUrl({ admin: { host, port } }: FacadeSettings): string {
  if (port === 0)
    throw new CliError('usage', 'admin_url_needed', 'The admin port is 0, so only the facade knows it.', {
      hint: 'Name the address that the facade printed with --admin-url.',
    });
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}

function checkedUrl(written: string): string {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url.href.replace(/\/$/, '');
  throw new CliError(
    'usage',
    'admin_url_invalid',
    `--admin-url: expected an address such as http://127.0.0.1:9090, found "${written}"`,
  );
}
