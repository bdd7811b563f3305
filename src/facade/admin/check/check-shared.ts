/** Whether the engine that the facade starts will find what it is to share with the legacy. What it does not find it makes. */
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SharedPlaces } from '../../access/shared-places.js';
import type { FacadeSettings } from '../../settings/settings.js';
import { type CheckFinding, ok, problem, warning } from './check-report.js';

const SUBJECT = 'shared';
const HINT = 'Set shared.projectRoot, or BOREALIS_PROJECT_ROOT, to the project root of the legacy.';

/** Told by the check, and by the log at the start. @param places undefined when no root is named */
export function checkShared(
  { engine, shared }: FacadeSettings,
  places: SharedPlaces | undefined,
): readonly CheckFinding[] {
  if (engine.mode !== 'spawn') return [];
  if (places === undefined) return [warning(SUBJECT, unknownPlaces(shared), HINT)];
  const { databaseFile, layout } = places;
  const found = [
    ...databaseFindings(databaseFile),
    ...(existsSync(layout.jwtKeyFile) || existsSync(layout.olderJwtKeyFile)
      ? []
      : [
          problem(
            SUBJECT,
            `there is no ${layout.jwtKeyFile}: the engine would make a key of its own, and agents lose their tokens there`,
            HINT,
          ),
        ]),
  ];
  return found.length > 0 ? found : [ok(SUBJECT, `${databaseFile} and the key of access tokens are there`)];
}

function unknownPlaces({ database }: FacadeSettings['shared']): string {
  const what = database === '' ? "the legacy's database and keys are" : "the legacy's keys are";
  return `no setting says where ${what}: the engine looks for them from its working directory, and makes its own where it finds none`;
}

function databaseFindings(file: string): CheckFinding[] {
  if (!existsSync(file))
    return [problem(SUBJECT, `there is no ${file}: the engine would make an empty one, and answer from that`, HINT)];
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    // SQLite keeps two files beside it.
    accessSync(dirname(file), constants.W_OK | constants.X_OK);
    return [];
  } catch {
    return [
      problem(
        SUBJECT,
        `${file} or its folder can't be written by this user`,
        'The facade, and with it the engine, best runs as the user of the legacy.',
      ),
    ];
  }
}
