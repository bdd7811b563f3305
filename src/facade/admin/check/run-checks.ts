/** All that `facade check` looks at, in order. Works with and without a running facade. */
import { type FacadeAccess, openAccess } from '../../access/open-access.js';
import { reasonOf } from '../../forwarding/ask-side.js';
import { engineTarget, legacyTarget, type SideTarget } from '../../forwarding/side-target.js';
import type { FacadeSettings } from '../../settings/settings.js';
import { SettingsError } from '../../settings/settings-error.js';
import { checkTokens } from '../../token-check/check-tokens.js';
import { checkAccess } from './check-access.js';
import { checkAdminAddress } from './check-admin-address.js';
import { checkCertificate } from './check-certificate.js';
import { checkPaths } from './check-paths.js';
import { type CheckFinding, type CheckReport, ok, problem, report } from './check-report.js';
import { checkScheduler } from './check-scheduler.js';
import { checkShared } from './check-shared.js';
import { checkSide } from './check-side.js';
import { checkSockets } from './check-sockets.js';
import { checkStateDirectory } from './check-state-directory.js';
import { checkTableFile } from './check-table-file.js';
import { readTableFile } from './read-table-file.js';

/** What is looked at besides. */
export interface CheckExtras {
  /** Compares odd paths with the legacy. */
  readonly paths: boolean;
  /** Tries tokens of each side on the other. */
  readonly tokens: boolean;
}

export interface CheckOptions extends CheckExtras {
  readonly settings: FacadeSettings;
  /** Where the operators' secret is. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Unix socket of the engine that the running facade started; undefined when there is none. */
  readonly engineSocket?: string;
  /** Wall clock, milliseconds. */
  readonly now: () => number;
}

export async function runChecks(options: CheckOptions): Promise<CheckReport> {
  const { settings, env, now } = options;
  const access = openAccess({ settings, env, now, monotonic: () => performance.now() });
  const legacy = openTarget(() => legacyTarget(settings.legacy, settings.limits));
  const engine = openTarget(() => engineOf(options));
  try {
    return report(await findings(options, { access, legacy, engine }));
  } finally {
    access.close();
    await Promise.all([legacy, engine].map((target) => (target instanceof Error ? undefined : target?.close())));
  }
}

interface Opened {
  readonly access: FacadeAccess;
  readonly legacy: Target;
  readonly engine: Target;
}

async function findings(options: CheckOptions, { access, legacy, engine }: Opened): Promise<readonly CheckFinding[]> {
  const { settings, now, paths, tokens } = options;
  const { file } = settings.table;
  const table = await readTableFile(file, [access.rule]);
  const reached = legacy instanceof Error ? undefined : legacy;
  const [schedulerFindings, accessFindings, legacyFinding, engineFinding, pathFindings, tokenFindings] =
    await Promise.all([
      table.ok ? checkScheduler(table.table.snapshot, settings, access.places?.databaseFile) : [],
      table.ok ? checkAccess(table.table, access) : [],
      checkLegacy(legacy, settings),
      checkEngine(engine, settings),
      paths && table.ok && reached !== undefined ? checkPaths(reached, table.table.snapshot) : [],
      tokens && reached !== undefined ? tokensOf(reached, engine, access, now) : [],
    ]);
  return [
    ...checkTableFile(file, table),
    ...(table.ok ? checkSockets(table.table.snapshot, settings) : []),
    ...schedulerFindings,
    ...accessFindings,
    legacyFinding,
    engineFinding,
    ...checkShared(settings, access.places),
    ...checkCertificate(settings.tls, now()),
    ...checkStateDirectory(settings.stateDirectory),
    ...checkAdminAddress(settings.admin.host),
    ...pathFindings,
    ...tokenFindings,
  ];
}

type Target = SideTarget | Error | undefined;

/** A CA file that can't be read is a finding, not the end of the check. */
function openTarget(open: () => SideTarget | undefined): Target {
  try {
    return open();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Undefined when there is nothing to be asked: no engine is wanted, or it starts with the facade. */
function engineOf({ settings, engineSocket }: CheckOptions): SideTarget | undefined {
  const { mode, url } = settings.engine;
  if (mode === 'url') return engineTarget({ url }, settings.limits);
  if (mode === 'off' || engineSocket === undefined) return undefined;
  return engineTarget({ socketPath: engineSocket }, settings.limits);
}

async function checkLegacy(target: Target, { legacy }: FacadeSettings): Promise<CheckFinding> {
  if (target === undefined || target instanceof Error)
    return problem(
      'legacy',
      `${legacy.url} can't be dialled: ${target instanceof SettingsError ? target.problems.join('; ') : reasonOf(target)}`,
      'Does legacy.ca name a readable PEM file?',
    );
  return checkSide(target, legacy.url);
}

async function checkEngine(target: Target, { engine }: FacadeSettings): Promise<CheckFinding> {
  if (target instanceof Error)
    return problem('engine', `the engine can't be dialled: ${reasonOf(target)}`, 'Is engine.url right?');
  if (target !== undefined) return checkSide(target, engine.mode === 'url' ? engine.url : 'the engine');
  return ok('engine', engine.mode === 'off' ? 'none is wanted (engine.mode is off)' : 'is started with the facade');
}

async function tokensOf(
  legacy: SideTarget,
  engine: Target,
  material: FacadeAccess,
  now: () => number,
): Promise<readonly CheckFinding[]> {
  const asked = engine instanceof Error ? undefined : engine;
  const found = await checkTokens({ legacy, engine: asked, material, now });
  return found.map((finding) => ({ subject: 'tokens', ...finding }));
}
