/**
 * Runs a playbook on some hosts now (assemblies-and-runs 8): by their agents, or, with a credential for SSH, on this server. All hosts are
 * noted in one transaction before anything begins.
 */
import type { SecretBox } from '../../../legacy-bridge/secrets/secret-box.js';
import { SecretError } from '../../../legacy-bridge/secrets/secret-error.js';
import type { PythonObject, PythonValue } from '../../../legacy-bridge/values/python-value.js';
import { type Credential, executionOf } from '../../domain/credential.js';
import { EngineError } from '../../domain/engine-error.js';
import type { PlaybookQuickRun, RunPlaybook, ServerRun } from '../../domain/playbook-run.js';
import type { AssemblyFiles } from '../assemblies/assembly-files.js';
import type { RequestContext } from '../request-context.js';
import type { JobAudience } from '../scheduling/job-audience.js';
import { secondsOf } from '../write-time.js';
import { noteServerRun } from './note-server-run.js';
import { playbookPayload, runPlaybook } from './playbook-order.js';

export interface PlaybookQuickRunParts {
  readonly files: AssemblyFiles;
  readonly secrets: SecretBox;
  readonly audience: JobAudience;
}

export interface StartedPlaybook {
  readonly hostname: string;
  readonly runId: string;
  readonly activityId: bigint;
  readonly execution: 'agent' | 'server';
}

const NOBODY_TO_TELL =
  'No agent of this host is connected, and a credential is sent to no other. Start the playbook again when it is.';

export class PlaybookQuickRunService {
  readonly #parts: PlaybookQuickRunParts;

  constructor(parts: PlaybookQuickRunParts) {
    this.#parts = parts;
  }

  /**
   * @throws EngineError `credential_not_found`, `credential_unsupported`, `playbook_path_invalid`, `playbook_not_found`,
   * `secrets_unavailable`
   */
  async run(asked: PlaybookQuickRun, context: RequestContext): Promise<readonly StartedPlaybook[]> {
    const credential = await findCredential(asked, context);
    const execution = credential === undefined ? 'agent' : runnableBy(credential);
    const playbook = await this.#find(asked.playbookPath);
    // Opened before anything is noted: what can't be opened begins nothing.
    const secrets = credential === undefined || execution === 'server' ? undefined : this.#winrmValues(credential);
    const serverRun = (started: StartedPlaybook): ServerRun => ({
      ...started,
      ...{ playbook, credentialId: credential?.id ?? 0n, overrides: asked.overrides, scheduled: undefined },
    });
    const started = await this.#note(asked, playbook, execution, serverRun, context);
    const values = secrets === undefined ? asked.overrides : new Map([...asked.overrides, ...secrets]);
    const payload = playbookPayload(playbook, values);
    const untold: StartedPlaybook[] = [];
    for (const run of started) {
      const { hostname, runId, activityId } = run;
      const own = { ...payload, run_id: runId, target_hostname: hostname, activity_job_id: activityId };
      if (execution === 'agent' && !this.#tell(hostname, own, secrets !== undefined, context)) untold.push(run);
      const change = { hostname, activity_id: activityId, change: 'created', source: 'ansible' };
      context.events.emit('device_activity_changed', change);
      if (execution === 'server') context.serverRuns.start(serverRun(run));
    }
    if (untold.length > 0) await fail(untold, context);
    const path = JSON.stringify(asked.playbookPath);
    context.log.info(`playbook-quick-run path=${path} hosts=${started.length} execution=${execution}`);
    return started;
  }

  async #find(path: string): Promise<RunPlaybook> {
    const plain = path.replaceAll('\\', '/').replace(/^\/+|\/+$/g, '');
    if (!this.#parts.files.isPlaybookPath(plain)) throw new EngineError('playbook_path_invalid');
    const found = await this.#parts.files.findPlaybook(plain);
    if (found === undefined) throw new EngineError('playbook_not_found');
    return runPlaybook(path, found);
  }

  async #note(
    { hostnames }: PlaybookQuickRun,
    { path, name }: RunPlaybook,
    execution: StartedPlaybook['execution'],
    serverRun: (started: StartedPlaybook) => ServerRun,
    { unitOfWork, clock, random }: RequestContext,
  ): Promise<readonly StartedPlaybook[]> {
    const now = secondsOf(clock.now());
    const activity = { scriptPath: path, scriptName: name, scriptType: 'ansible' };
    return await unitOfWork.write(async (repositories) => {
      const started: StartedPlaybook[] = [];
      for (const hostname of hostnames) {
        const runId = random.bytes(16).toString('hex');
        const activityId = await repositories.activities.insertRunning({ ...activity, hostname }, now);
        const run = { hostname, runId, activityId, execution };
        if (execution === 'server') await noteServerRun(serverRun(run), now, repositories);
        started.push(run);
      }
      return started;
    });
  }

  #tell(hostname: string, payload: object, isSecret: boolean, context: RequestContext): boolean {
    const { audience } = this.#parts;
    if (isSecret) return audience.tellSecret(hostname, 'ansible_playbook_run', payload, context);
    audience.tell(hostname, 'ansible_playbook_run', payload, context);
    return true;
  }

  /** The transport is always the same: the legacy never reads the credential's own (F13). */
  #winrmValues({ username, password }: Credential): PythonObject {
    return new Map<string, PythonValue>([
      ['__borealis_winrm_username', username],
      ['__borealis_winrm_password', this.#open(password)],
      ['__borealis_winrm_transport', 'ntlm'],
    ]);
  }

  #open(stored: Credential['password']): string {
    try {
      return this.#parts.secrets.open(stored);
    } catch (error) {
      if (!(error instanceof SecretError)) throw error;
      throw new EngineError('secrets_unavailable', { retryAfterSeconds: 60, cause: error });
    }
  }
}

async function findCredential(
  { credentialId }: PlaybookQuickRun,
  { unitOfWork }: RequestContext,
): Promise<Credential | undefined> {
  if (credentialId === undefined) return undefined;
  const credential = await unitOfWork.read(({ credentials }) => credentials.find(credentialId));
  if (credential === undefined) throw new EngineError('credential_not_found');
  return credential;
}

function runnableBy(credential: Credential): StartedPlaybook['execution'] {
  const execution = executionOf(credential);
  if (execution !== undefined) return execution;
  const error = `Credential connection '${credential.connection}' not supported`;
  throw new EngineError('credential_unsupported', { facts: { error } });
}

async function fail(runs: readonly StartedPlaybook[], { unitOfWork, events }: RequestContext): Promise<void> {
  const result = { status: 'Failed', stdout: '', stderr: NOBODY_TO_TELL };
  await unitOfWork.write(async ({ jobResults }) => {
    for (const { activityId } of runs) await jobResults.storeResult({ activityId, ...result });
  });
  for (const { activityId, hostname } of runs) {
    const change = { hostname, activity_id: activityId, status: 'Failed', change: 'updated', source: 'ansible' };
    events.emit('device_activity_changed', change);
  }
}
