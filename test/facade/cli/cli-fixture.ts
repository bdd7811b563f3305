import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CliIo } from '../../../src/facade/cli/cli-io.js';
import { runCli } from '../../../src/facade/cli/run-cli.js';
import type { FacadeSettings } from '../../../src/facade/settings/settings.js';
import { type AdminFixture, startAdmin, TOKEN } from '../admin/admin-fixture.js';

/** What one command line printed, and its exit code. */
export interface CliOutcome {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly tty?: boolean;
  readonly handBack?: CliIo['handBack'];
  readonly start?: (settings: FacadeSettings) => Promise<number>;
}

/** Runs a command line in this process. */
export async function cli(
  args: readonly string[],
  { env = {}, tty = false, start, handBack }: CliOptions = {},
): Promise<CliOutcome> {
  const printed = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({
    isTTY: tty,
    columns: 100,
    write: (text: string) => {
      printed[name] += text;
    },
  });
  const io: CliIo = {
    stdout: stream('out'),
    stderr: stream('err'),
    env,
    user: 'kim',
    version: '0.0.1',
    now: Date.now,
    handBack: handBack ?? (() => Promise.reject(new TypeError('nothing is to be handed back'))),
    startFacade: start ?? (() => Promise.reject(new TypeError('not to be started'))),
  };
  return { exit: await runCli(args, io), ...printed };
}

export interface RunningAdmin extends AdminFixture {
  /** Environment under which the command line finds this facade without a flag. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a command line against it. */
  cli(args: readonly string[], options?: CliOptions): Promise<CliOutcome>;
}

/** A running admin API, with its token where a started facade leaves it. */
export async function startAdminForCli(table?: string): Promise<RunningAdmin> {
  const admin = await startAdmin(table);
  writeFileSync(join(admin.directory, 'admin.token'), `${TOKEN}\n`, { mode: 0o600 });
  const env = {
    FACADE_ADMIN_PORT: new URL(admin.url).port,
    FACADE_STATE_DIRECTORY: admin.directory,
    FACADE_TABLE_FILE: join(admin.directory, 'table.yaml'),
    FACADE_LEGACY_URL: 'http://127.0.0.1:9',
  };
  return {
    ...admin,
    env,
    cli: (args, options = {}) => cli(args, { ...options, env: { ...env, ...options.env } }),
  };
}
