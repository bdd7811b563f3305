/** Makes ready what a job sends to each of its hosts: files are read, and variables filled in, once for all of them. */
import { type JobComponent, jobComponents } from '../../builders/job-components.js';
import type { ServerRun } from '../../domain/playbook-run.js';
import type { ScheduledJobRow } from '../../repositories/scheduled-job-repository.js';
import type { AssemblyFiles } from '../assemblies/assembly-files.js';
import { playbookPayload, runPlaybook } from '../playbooks/playbook-order.js';
import { storedValue } from './scheduled-job-service.js';
import { type ScriptSigner, scriptOrder } from './script-order.js';

/** One activity on each host: by its agent, or by this server. */
export type JobOrder = AgentOrder | ServerOrder;

interface OrderedActivity {
  readonly kind: JobComponent['kind'];
  readonly scriptType: string;
  readonly path: string;
  readonly name: string;
}

export interface AgentOrder extends OrderedActivity {
  readonly event: 'quick_job_run' | 'ansible_playbook_run';
  payloadFor(run: OrderedRun): Readonly<Record<string, unknown>>;
}

export interface ServerOrder extends OrderedActivity {
  serverRunFor(run: OrderedRun): ServerRun;
}

export interface OrderedRun {
  readonly jobId: bigint;
  readonly runId: bigint;
  readonly activityId: bigint;
  readonly hostname: string;
  /** 32 hex digits, new for each. */
  readonly token: string;
}

/** What is to be sent, or why nothing can be. `isMended`: the legacy calls the same a success (F4). */
export type JobOrders =
  | { readonly orders: readonly JobOrder[] }
  | { readonly refusal: string; readonly isMended: boolean };

const REMOTE_CONTEXTS: ReadonlySet<string> = new Set(['ssh', 'winrm']);

export class JobOrderMaker {
  readonly #files: AssemblyFiles;
  readonly #signer: ScriptSigner | undefined;

  constructor(files: AssemblyFiles, signer: ScriptSigner | undefined) {
    this.#files = files;
    this.#signer = signer;
  }

  /** Components whose file is missing, or that agents can't run, are left out; a job with nothing left is refused (F4). */
  async make(job: ScheduledJobRow): Promise<JobOrders> {
    const context = job.executionContext || 'system';
    const isRemote = REMOTE_CONTEXTS.has(context);
    if (isRemote && !job.credentialId) {
      return { refusal: 'Credential required for remote execution', isMended: false };
    }
    const orders: JobOrder[] = [];
    for (const component of jobComponents(storedValue(job.components) ?? [])) {
      const order =
        component.kind === 'script'
          ? await this.#script(component, context)
          : await this.#playbook(component, isRemote ? job.credentialId : null);
      if (order !== undefined) orders.push(order);
    }
    if (orders.length > 0) return { orders };
    return { refusal: 'Nothing to run: no script or playbook of this job was found', isMended: true };
  }

  async #script({ path, overrides }: JobComponent, runMode: string): Promise<JobOrder | undefined> {
    const found = await this.#files.findScript(path);
    if (found?.document.type !== 'powershell') return undefined;
    const { scriptName, scriptType, payload } = scriptOrder({ path, found, overrides, runMode }, this.#signer);
    return {
      ...{ kind: 'script', scriptType, path, name: scriptName, event: 'quick_job_run' },
      payloadFor: ({ activityId, hostname }) => ({ ...payload, job_id: activityId, target_hostname: hostname }),
    };
  }

  /** @param credentialId null: agents run it */
  async #playbook({ path, overrides }: JobComponent, credentialId: bigint | null): Promise<JobOrder | undefined> {
    const found = await this.#files.findPlaybook(path);
    if (found === undefined) return undefined;
    const playbook = runPlaybook(path, found);
    const activity = { kind: 'ansible', scriptType: 'ansible', path, name: playbook.name } as const;
    if (credentialId !== null) {
      const serverRunFor = ({ jobId, runId, activityId, hostname, token }: OrderedRun): ServerRun => ({
        ...{ runId: token, activityId, hostname, playbook, credentialId, overrides },
        scheduled: { jobId, runId },
      });
      return { ...activity, serverRunFor };
    }
    const payload = playbookPayload(playbook, overrides);
    return {
      ...{ ...activity, event: 'ansible_playbook_run' },
      payloadFor: ({ jobId, runId, activityId, hostname, token }) => ({
        ...payload,
        run_id: token,
        target_hostname: hostname,
        activity_job_id: activityId,
        scheduled_job_id: jobId,
        scheduled_run_id: runId,
      }),
    };
  }
}
