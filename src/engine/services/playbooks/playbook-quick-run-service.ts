/**
 * Runs a playbook on some hosts now (assemblies-and-runs 8): by their agents, or, with a credential for SSH, on this server. A host is
 * noted before anything begins on it.
 */
import type { SecretBox } from '../../../legacy-bridge/secrets/secret-box.js';
import { SecretError } from '../../../legacy-bridge/secrets/secret-error.js';
import type { PythonObject, PythonValue } from '../../../legacy-bridge/values/python-value.js';
import { type Credential, executionOf } from '../../domain/credential.js';
import { EngineError } from '../../domain/engine-error.js';
import type { PlaybookQuickRun, RunPlaybook, ServerRun } from '../../domain/playbook-run.js';
import type { AssemblyFiles } from '../assemblies/assembly-files.js';
import type { RequestContext } from '../request-context.js';
import { type BegunOnHosts, beginOnHosts } from '../scheduling/host-batches.js';
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

/** What every host of a run has in common. */
interface Order {
  readonly playbook: RunPlaybook;
  readonly execution: StartedPlaybook['execution'];
  /** The payload holds a password. */
  readonly isSecret: boolean;
  readonly payload: object;
  readonly serverRun: (started: StartedPlaybook) => ServerRun;
}

const EVENT = 'ansible_playbook_run';
const NOBODY_TO_TELL =
  'No agent of this host is connected, and a credential is sent to no other. Start the playbook again when it is.';
const UNTOLD = { status: 'Failed', stdout: '', stderr: NOBODY_TO_TELL } as const;

export class PlaybookQuickRunService {
  readonly #parts: PlaybookQuickRunParts;

  constructor(parts: PlaybookQuickRunParts) {
    this.#parts = parts;
  }

  /**
   * @throws EngineError `credential_not_found`, `credential_unsupported`, `playbook_path_invalid`, `playbook_not_found`,
   * `secrets_unavailable`
   */
  async run(asked: PlaybookQuickRun, context: RequestContext): Promise<BegunOnHosts<StartedPlaybook>> {
    const credential = await findCredential(asked, context);
    const execution = credential === undefined ? 'agent' : runnableBy(credential);
    const playbook = await this.#find(asked.playbookPath);
    // Opened before anything is noted: what can't be opened begins nothing.
    const secrets = credential === undefined || execution === 'server' ? undefined : this.#winrmValues(credential);
    const values = secrets === undefined ? asked.overrides : new Map([...asked.overrides, ...secrets]);
    const order: Order = {
      ...{ playbook, execution, isSecret: secrets !== undefined, payload: playbookPayload(playbook, values) },
      serverRun: (started) => ({
        ...started,
        ...{ playbook, credentialId: credential?.id ?? 0n, overrides: asked.overrides, scheduled: undefined },
      }),
    };
    const begun = await beginOnHosts(asked.hostnames, (some) => this.#begin(some, order, context));
    const counts = `hosts=${begun.started.length} refused=${begun.refused.length}`;
    context.log.info(`playbook-quick-run path=${JSON.stringify(asked.playbookPath)} ${counts} execution=${execution}`);
    return begun;
  }

  /** Who can be told is asked first: the rows of a host that nobody tells say so from their beginning. */
  async #begin(
    hostnames: readonly string[],
    order: Order,
    context: RequestContext,
  ): Promise<readonly StartedPlaybook[]> {
    const { execution, isSecret, payload, serverRun } = order;
    const audience = this.#parts.audience.now(context);
    const rooms = new Map(isSecret ? hostnames.map((hostname) => [hostname, audience.secretRooms(hostname)]) : []);
    const isUntold = (hostname: string): boolean => rooms.get(hostname)?.length === 0;
    const started = await note(hostnames, order, isUntold, context);
    for (const run of started) {
      const { hostname, runId, activityId } = run;
      const own = { ...payload, run_id: runId, target_hostname: hostname, activity_job_id: activityId };
      for (const room of rooms.get(hostname) ?? []) context.events.emit(EVENT, own, room);
      if (execution === 'agent' && !isSecret) audience.tell(hostname, EVENT, own);
      const change = { hostname, activity_id: activityId, change: 'created', source: 'ansible' };
      context.events.emit('device_activity_changed', change);
      if (isUntold(hostname))
        context.events.emit('device_activity_changed', { ...change, status: 'Failed', change: 'updated' });
      if (execution === 'server') context.serverRuns.start(serverRun(run));
    }
    return started;
  }

  async #find(path: string): Promise<RunPlaybook> {
    const plain = path.replaceAll('\\', '/').replace(/^\/+|\/+$/g, '');
    if (!this.#parts.files.isPlaybookPath(plain)) throw new EngineError('playbook_path_invalid');
    const found = await this.#parts.files.findPlaybook(plain);
    if (found === undefined) throw new EngineError('playbook_not_found');
    return runPlaybook(path, found);
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

/** One transaction. */
async function note(
  hostnames: readonly string[],
  { playbook, execution, serverRun }: Order,
  isUntold: (hostname: string) => boolean,
  { unitOfWork, clock, random }: RequestContext,
): Promise<readonly StartedPlaybook[]> {
  const now = secondsOf(clock.now());
  const activity = { scriptPath: playbook.path, scriptName: playbook.name, scriptType: 'ansible' };
  return await unitOfWork.write(async (repositories) => {
    const started: StartedPlaybook[] = [];
    for (const hostname of hostnames) {
      const runId = random.bytes(16).toString('hex');
      const activityId = await repositories.activities.insertRunning({ ...activity, hostname }, now);
      const run = { hostname, runId, activityId, execution };
      if (execution === 'server') await noteServerRun(serverRun(run), now, repositories);
      if (isUntold(hostname)) await repositories.jobResults.storeResult({ activityId, ...UNTOLD });
      started.push(run);
    }
    return started;
  });
}
