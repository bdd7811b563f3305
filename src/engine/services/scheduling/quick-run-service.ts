/** Runs a script on some hosts now (assemblies-and-runs 6). A host is noted before it is told. */
import { EngineError } from '../../domain/engine-error.js';
import type { QuickRun } from '../../domain/quick-run.js';
import type { AssemblyFiles } from '../assemblies/assembly-files.js';
import type { RequestContext } from '../request-context.js';
import { secondsOf } from '../write-time.js';
import { type BegunOnHosts, beginOnHosts } from './host-batches.js';
import type { JobAudience } from './job-audience.js';
import { type ScriptOrder, type ScriptSigner, scriptOrder } from './script-order.js';

export interface StartedRun {
  readonly hostname: string;
  /** Of its activity; agents answer with it. */
  readonly activityId: bigint;
}

export class QuickRunService {
  readonly #files: AssemblyFiles;
  readonly #signer: ScriptSigner | undefined;
  readonly #audience: JobAudience;

  constructor(files: AssemblyFiles, signer: ScriptSigner | undefined, audience: JobAudience) {
    this.#files = files;
    this.#signer = signer;
    this.#audience = audience;
  }

  /** @throws EngineError `script_not_found`, `script_type_unsupported` */
  async run(
    { scriptPath, hostnames, runMode, overrides }: QuickRun,
    context: RequestContext,
  ): Promise<BegunOnHosts<StartedRun>> {
    const found = await this.#files.findScript(scriptPath);
    if (found === undefined) throw new EngineError('script_not_found');
    if (found.document.type !== 'powershell') throw unsupported(found.document.type);
    const order = scriptOrder({ path: scriptPath, found, overrides, runMode }, this.#signer);
    const begun = await beginOnHosts(hostnames, (some) => this.#begin(scriptPath, some, order, context));
    const counts = `hosts=${begun.started.length} refused=${begun.refused.length}`;
    context.log.info(`quick-run script=${JSON.stringify(scriptPath)} ${counts}`);
    return begun;
  }

  async #begin(
    scriptPath: string,
    hostnames: readonly string[],
    order: ScriptOrder,
    context: RequestContext,
  ): Promise<readonly StartedRun[]> {
    const started = await context.unitOfWork.write(async ({ activities }) => {
      const activity = { scriptPath, scriptName: order.scriptName, scriptType: order.scriptType };
      const ranAt = secondsOf(context.clock.now());
      const runs: StartedRun[] = [];
      for (const hostname of hostnames)
        runs.push({ hostname, activityId: await activities.insertRunning({ ...activity, hostname }, ranAt) });
      return runs;
    });
    const audience = this.#audience.now(context);
    for (const { hostname, activityId } of started) {
      const payload = { ...order.payload, job_id: activityId, target_hostname: hostname };
      audience.tell(hostname, 'quick_job_run', payload);
      const change = { hostname, activity_id: activityId, change: 'created', source: 'quick_job' };
      context.events.emit('device_activity_changed', change);
    }
    return started;
  }
}

function unsupported(type: string): EngineError {
  const error = `Unsupported script type '${type}'. Only powershell is supported for Quick Job currently.`;
  return new EngineError('script_type_unsupported', { facts: { error } });
}
