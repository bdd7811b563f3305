/** One run on the server, from its credential to its end: what is asked, what is written, what is run. Its files are the caller's to remove. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SecretBox } from '../../../legacy-bridge/secrets/secret-box.js';
import { SecretError } from '../../../legacy-bridge/secrets/secret-error.js';
import { type Credential, executionOf } from '../../domain/credential.js';
import type { ServerRun, ServerRunEnd } from '../../domain/playbook-run.js';
import type { RequestContext } from '../request-context.js';
import {
  type CommandFiles,
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
}

interface OpenedForRun extends OpenedCredential {
  readonly privateKey: string;
}

/** What is run without a path, so that the system looks for it. */
const PROGRAM = 'ansible-playbook';

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
  const { folder, environment, mostOutput } = surroundings;
  const files = await writeFiles(run, opened, await makeWorkspace(folder, run.runId));
  const ended = await runProgram({
    file: PROGRAM,
    arguments: playbookArguments(files, opened),
    folder: dirname(run.playbook.file),
    environment: playbookEnvironment(environment),
    ...{ mostOutput, signal },
  });
  return endOf(ended);
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
): Promise<CommandFiles> {
  const key = credential.privateKey;
  const keyFile = key === '' ? undefined : await workspace.write('ssh_key', key.endsWith('\n') ? key : `${key}\n`);
  return {
    playbook: await playbookFile(playbook, workspace),
    inventory: await workspace.write('inventory.json', inventoryText(hostname, credential, keyFile)),
    extraVars: overrides.size === 0 ? undefined : await workspace.write('extra_vars.json', extraVarsText(overrides)),
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
    if (!/^[^/\\\0]{1,200}$/.test(name) || /^\.{1,2}$/.test(name) || names.has(name)) continue;
    names.add(name);
    await workspace.write(join(folder, name), Buffer.from(data, 'base64'));
  }
  return await workspace.write(join(folder, 'playbook.yml'), document.script);
}

function endOf({ exitCode, stdout, stderr, failure }: ProgramEnd): ServerRunEnd {
  if (failure !== undefined) return failedRun(failure);
  if (exitCode === 0) return { status: 'Success', stdout, stderr, error: null };
  const error = exitCode === null ? 'The playbook was ended by a signal' : `The playbook ended with code ${exitCode}`;
  return { status: 'Failed', stdout, stderr, error };
}
