/** Whether the state directory can be written by the facade, and read by nobody else. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { overrideKeyFile } from '../../override/override-key.js';
import { AdminTokenError, adminTokenFile, metricsTokenFile, readTokenFile } from '../admin-token.js';
import { type CheckFinding, ok, problem, warning } from './check-report.js';

const SUBJECT = 'state-directory';

export function checkStateDirectory(stateDirectory: string): readonly CheckFinding[] {
  const directory = resolve(stateDirectory);
  if (!existsSync(directory)) return [checkParent(directory)];
  if (!statSync(directory).isDirectory())
    return [problem(SUBJECT, `${directory} is no directory`, 'Name another one in stateDirectory.')];
  const findings: CheckFinding[] = [];
  if ((statSync(directory).mode & 0o077) !== 0)
    findings.push(warning(SUBJECT, `${directory} is open to other users`, `Run "chmod 700 ${directory}".`));
  if (!mayWrite(directory))
    findings.push(problem(SUBJECT, `${directory} can't be written`, 'Give it to the user that runs the facade.'));
  for (const file of [adminTokenFile, metricsTokenFile, overrideKeyFile].map((fileOf) => fileOf(directory)))
    findings.push(...checkToken(file));
  return findings.length > 0 ? findings : [ok(SUBJECT, `${directory} is the facade's alone`)];
}

/** Made on the first start, in the nearest folder that there is. */
function checkParent(directory: string): CheckFinding {
  let parent = dirname(directory);
  while (!existsSync(parent)) parent = dirname(parent);
  return mayWrite(parent)
    ? ok(SUBJECT, `${directory} is made on the first start`)
    : problem(
        SUBJECT,
        `${directory} can't be made: ${parent} can't be written`,
        'Make it for the user that runs the facade, with mode 0700.',
      );
}

function checkToken(file: string): CheckFinding[] {
  if (!existsSync(file)) return [];
  try {
    readTokenFile(file);
    return [];
  } catch (error) {
    if (!(error instanceof AdminTokenError)) throw error;
    return [problem(SUBJECT, error.message, 'The facade does not start with such a token file.')];
  }
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
