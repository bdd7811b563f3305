/** One run on the server, from its credential to its end: what is asked, what is written, what is run. Its files are the caller's to remove. */
import { mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { SecretBox } from '../../../legacy-bridge/secrets/secret-box.js';
import { SecretError } from '../../../legacy-bridge/secrets/secret-error.js';
import { type Credential, executionOf } from '../../domain/credential.js';
import type { ServerRun, ServerRunEnd } from '../../domain/playbook-run.js';
import type { RequestContext } from '../request-context.js';
import {
  type CommandFiles,
  connectionNames,
  extraVarsText,
  inventoryText,
  isHostname,
  type OpenedCredential,
  playbookArguments,
  playbookEnvironment,
} from './playbook-command.js';
import { type ProgramEnd, runProgram } from './run-program.js';
import { makeWorkspace, type RunWorkspace } from './run-workspace.js';

export interface PlaybookSurroundings {
  /** Below which each run has a folder of its own. */
  readonly folder: string;
  /** Of this process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly secrets: SecretBox;
  /** Bytes that are kept of each output. */
  readonly mostOutput: number;
  /** Variables that callers send may say how hosts are reached, and their values may be templates. */
  readonly trustsVariables: boolean;
}

/** Why a run can't begin, in words for whoever looks at it. */
class Unrunnable extends Error {}

interface OpenedForRun extends OpenedCredential {
  readonly privateKey: string;
}

/** What is run without a path, so that the system looks for it. */
const PROGRAM = 'ansible-playbook';
const CONNECTION_VARIABLES =
  'Variables whose names begin with ansible_ say how hosts are reached, and are not taken from callers unless BOREALIS_ENGINE_PLAYBOOK_TRUST_VARIABLES is on.';

/** @param signal ends the run @throws EngineError those of the database, and what the disk says */
export async function executePlaybook(
  run: ServerRun,
  surroundings: PlaybookSurroundings,
  signal: AbortSignal,
  { unitOfWork }: Pick<RequestContext, 'unitOfWork'>,
): Promise<ServerRunEnd> {
  const credential = await unitOfWork.read(({ credentials }) => credentials.find(run.credentialId));
  const opened = openCredential(credential, surroundings.secrets);
  if (typeof opened === 'string') return failedRun(opened);
  if (!isHostname(run.hostname)) return failedRun('This is no name of a host that a playbook could be run on.');
  const { folder, environment, mostOutput, trustsVariables } = surroundings;
  const refused = trustsVariables ? [] : connectionNames(run.overrides);
  if (refused.length > 0) return failedRun(`${CONNECTION_VARIABLES} Sent were: ${refused.slice(0, 10).join(', ')}.`);
  if (!(await isInPlace(run.playbook.file))) return failedRun('The playbook was moved or removed before it was run.');
  const workspace = await makeWorkspace(folder, run.runId);
  let files: CommandFiles;
  try {
    files = await writeFiles(run, opened, workspace, trustsVariables);
  } catch (error) {
    if (error instanceof Unrunnable) return failedRun(error.message);
    throw error;
  }
  const ended = await runProgram({
    file: PROGRAM,
    arguments: playbookArguments(files, opened),
    folder: dirname(run.playbook.file),
    environment: playbookEnvironment(environment, join(workspace.folder, 'cp')),
    ...{ mostOutput, signal },
  });
  return endOf(ended);
}

/** A run may wait for long: what was looked up for it must still lie where it lay, and no link lead elsewhere by now. */
async function isInPlace(file: string): Promise<boolean> {
  try {
    return (await realpath(file)) === file;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return false;
    throw error;
  }
}

export function failedRun(error: string): ServerRunEnd {
  return { status: 'Failed', stdout: '', stderr: error, error };
}

/** @returns why it can't be used, in words */
function openCredential(credential: Credential | undefined, secrets: SecretBox): OpenedForRun | string {
  if (credential === undefined) return 'Credential not found';
  if (executionOf(credential) !== 'server')
    return `Unsupported credential connection type '${credential.connection}' for server execution`;
  const { username, becomeMethod, becomeUsername } = credential;
  try {
    return {
      ...{ username, becomeMethod, becomeUsername },
      password: secrets.open(credential.password),
      privateKey: secrets.open(credential.privateKey),
      becomePassword: secrets.open(credential.becomePassword),
    };
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    return 'The secrets of this credential were sealed with another key than the one that the server has.';
  }
}

async function writeFiles(
  { hostname, playbook, overrides }: ServerRun,
  credential: OpenedForRun,
  workspace: RunWorkspace,
  trustsVariables: boolean,
): Promise<CommandFiles> {
  const extraVars = extraVarsText(overrides, trustsVariables);
  const key = credential.privateKey;
  const keyFile = key === '' ? undefined : await workspace.write('ssh_key', key.endsWith('\n') ? key : `${key}\n`);
  return {
    playbook: await playbookFile(playbook, workspace),
    inventory: await workspace.write('inventory.json', inventoryText(hostname, credential, keyFile)),
    extraVars: overrides.size === 0 ? undefined : await workspace.write('extra_vars.json', extraVars),
  };
}

/**
 * A playbook that lies on disk as such is run where it lies, beside its roles and templates. A document is not one yet: the legacy hands
 * it to the program as it is, and fails (F13).
 */
async function playbookFile(
  { fileName, file, document }: ServerRun['playbook'],
  workspace: RunWorkspace,
): Promise<string> {
  if (!fileName.toLowerCase().endsWith('.json')) return file;
  const folder = 'playbook';
  await mkdir(join(workspace.folder, folder), { mode: 0o700 });
  const names = new Set(['playbook.yml']);
  for (const { fileName: name, data } of document.files) {
    if (!/^[^/\\\0]+$/.test(name) || /^\.{1,2}$/.test(name) || names.has(name)) continue;
    names.add(name);
    await writeOwn(join(folder, name), Buffer.from(data, 'base64'), workspace);
  }
  return await workspace.write(join(folder, 'playbook.yml'), document.script);
}

/** @throws Unrunnable when the disk takes no file of that name */
async function writeOwn(path: string, content: Buffer, workspace: RunWorkspace): Promise<void> {
  try {
    await workspace.write(path, content);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENAMETOOLONG' && code !== 'EEXIST' && code !== 'EILSEQ' && code !== 'EINVAL') throw error;
    const name = JSON.stringify(basename(path)).slice(0, 300);
    throw new Unrunnable(`A file of the playbook has a name that no file can have here (${code}): ${name}`);
  }
}

function endOf({ exitCode, stdout, stderr, failure }: ProgramEnd): ServerRunEnd {
  if (failure !== undefined) return failedRun(failure);
  if (exitCode === 0) return { status: 'Success', stdout, stderr, error: null };
  const error = exitCode === null ? 'The playbook was ended by a signal' : `The playbook ended with code ${exitCode}`;
  return { status: 'Failed', stdout, stderr, error };
}
