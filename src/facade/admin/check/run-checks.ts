/** All that `facade check` looks at, in order. Works with and without a running facade. */
import { reasonOf } from '../../forwarding/ask-side.js';
import { engineTarget, legacyTarget, type SideTarget } from '../../forwarding/side-target.js';
import type { FacadeSettings } from '../../settings/settings.js';
import { checkCertificate } from './check-certificate.js';
import { checkPaths } from './check-paths.js';
import { type CheckFinding, type CheckReport, ok, problem, report } from './check-report.js';
import { checkSide } from './check-side.js';
import { checkStateDirectory } from './check-state-directory.js';
import { checkTableFile } from './check-table-file.js';
import { readTableFile } from './read-table-file.js';

export interface CheckOptions {
  readonly settings: FacadeSettings;
  /** Unix socket of the engine that the running facade started; undefined when there is none. */
  readonly engineSocket?: string;
  /** Also compares odd paths with the legacy. */
  readonly paths: boolean;
  /** Wall clock, milliseconds. */
  readonly now: () => number;
}

export async function runChecks(options: CheckOptions): Promise<CheckReport> {
  const { settings, now, paths } = options;
  const legacy = openTarget(() => legacyTarget(settings.legacy, settings.limits));
  const engine = openTarget(() => engineOf(options));
  try {
    const [table, legacyFinding, engineFinding, pathFindings] = await Promise.all([
      checkTableFile(settings.table.file),
      checkLegacy(legacy, settings),
      checkEngine(engine, settings),
      paths && !(legacy instanceof Error) && legacy !== undefined ? pathsOf(legacy, settings) : [],
    ]);
    return report([
      ...table,
      legacyFinding,
      engineFinding,
      ...checkCertificate(settings.tls, now()),
      ...checkStateDirectory(settings.stateDirectory),
      ...pathFindings,
    ]);
  } finally {
    await Promise.all([legacy, engine].map((target) => (target instanceof Error ? undefined : target?.close())));
  }
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
      `${legacy.url} can't be dialled: ${reasonOf(target)}`,
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

async function pathsOf(legacy: SideTarget, { table }: FacadeSettings): Promise<readonly CheckFinding[]> {
  const check = await readTableFile(table.file);
  return check.ok ? checkPaths(legacy, check.table.snapshot) : [];
}
