/**
 * Sends one occurrence of a job to hosts. Each host's run is written, with its activities, before its agent hears of it, and only
 * where none is there: whoever writes it first, this process or another one, is the one that dispatches.
 */
import type { ScheduledJobRow } from '../../repositories/scheduled-job-repository.js';
import type { Repositories } from '../../repositories/unit-of-work.js';
import { noteServerRun } from '../playbooks/note-server-run.js';
import type { RequestContext } from '../request-context.js';
import { secondsOf } from '../write-time.js';
import { giveWay } from './give-way.js';
import type { JobAudience } from './job-audience.js';
import type { JobOrder, JobOrders, OrderedRun } from './job-orders.js';

/** Hosts of one transaction: the legacy waits for its end. */
export const HOSTS_AT_ONCE = 100;

export interface Occurrence {
  readonly job: ScheduledJobRow;
  readonly scheduledAt: bigint;
}

type Sending = readonly [order: JobOrder, run: OrderedRun];

/** @returns how many runs were begun */
export async function dispatchOccurrence(
  occurrence: Occurrence,
  hostnames: readonly string[],
  made: JobOrders,
  audience: JobAudience,
  context: RequestContext,
): Promise<number> {
  let begun = 0;
  for (let at = 0; at < hostnames.length; at += HOSTS_AT_ONCE) {
    if (at > 0) await giveWay();
    const hosts = hostnames.slice(at, at + HOSTS_AT_ONCE);
    const sendings = await context.unitOfWork.write(async (repositories) => {
      const noted: (readonly Sending[])[] = [];
      for (const hostname of hosts) {
        const sending = await note(occurrence, hostname, made, repositories, context);
        if (sending !== undefined) noted.push(sending);
      }
      return noted;
    });
    begun += sendings.length;
    const present = audience.now(context);
    for (const [order, run] of sendings.flat())
      if ('event' in order) present.tell(run.hostname, order.event, order.payloadFor(run));
      else context.serverRuns.start(order.serverRunFor(run));
  }
  return begun;
}

/** @returns undefined when the host has a run of this occurrence already */
async function note(
  { job, scheduledAt }: Occurrence,
  hostname: string,
  made: JobOrders,
  repositories: Repositories,
  { clock, random }: RequestContext,
): Promise<readonly Sending[] | undefined> {
  const { scheduledRuns, activities } = repositories;
  const now = secondsOf(clock.now());
  const key = { jobId: job.id, scheduledAt, hostname };
  if ('refusal' in made) {
    const ended = { ...key, status: 'Failed', startedAt: now, finishedAt: now, error: made.refusal } as const;
    return (await scheduledRuns.insertUnlessThere(ended, now)) === undefined ? undefined : [];
  }
  const begun = { ...key, status: 'Running', startedAt: now, finishedAt: null, error: null } as const;
  const runId = await scheduledRuns.insertUnlessThere(begun, now);
  if (runId === undefined) return undefined;
  const sendings: Sending[] = [];
  for (const order of made.orders) {
    const { kind, scriptType, path, name } = order;
    const activityId = await activities.insertRunning(
      { hostname, scriptPath: path, scriptName: name, scriptType },
      now,
    );
    await scheduledRuns.linkActivity({ runId, activityId, kind, scriptType, path, name }, now);
    const run = { jobId: job.id, runId, activityId, hostname, token: random.bytes(16).toString('hex') };
    if ('serverRunFor' in order) await noteServerRun(order.serverRunFor(run), now, repositories);
    sendings.push([order, run]);
  }
  return sendings;
}
