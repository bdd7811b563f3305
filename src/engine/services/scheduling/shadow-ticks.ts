/**
 * What each side's reading would have done in a tick of the legacy that is just over: computed from the rows that were there before it,
 * so nothing needs to be written, locked or undone. Jobs of which it is not known what the legacy saw are named, not guessed.
 */
import type { NamedDifference, ShadowRun, ShadowTick } from '../../../legacy-bridge/scheduler/scheduler-protocol.js';
import { isOnline } from '../../domain/agent-entry.js';
import { expirationSeconds } from '../../domain/scheduling/expiration.js';
import { type Named, namedForgotten, namedNewcomer } from '../../domain/scheduling/named-difference.js';
import type { Zone } from '../../domain/scheduling/zone.js';
import type { OwnedJobRow } from '../../repositories/scheduled-job-repository.js';
import type { RequestContext } from '../request-context.js';
import { giveWay } from './give-way.js';
import type { JobOrderMaker } from './job-orders.js';
import { type JobReadings, readJob } from './job-readings.js';
import { isPresenceKnown } from './online-hosts.js';

export interface ShadowTicksOptions {
  readonly orders: Pick<JobOrderMaker, 'make'>;
  readonly zone: Zone;
  /** For how long runs are kept. */
  readonly historyDays: number;
  /** Whether a job went back to the legacy since this moment, in epoch seconds. */
  readonly wentBackSince: (jobId: bigint, moment: bigint) => boolean;
}

interface Presence {
  readonly isKnown: boolean;
  readonly online: ReadonlySet<string>;
  readonly unsure: ReadonlySet<string>;
}

const JOBS_AT_ONCE = 50;
const DAY_SECONDS = 86_400n;
const REMOTE_CONTEXTS: ReadonlySet<string> = new Set(['ssh', 'winrm']);

export class ShadowTicks {
  readonly #options: ShadowTicksOptions;

  constructor(options: ShadowTicksOptions) {
    this.#options = options;
  }

  /** @param minute in epoch seconds, a full one */
  async compute(minute: bigint, context: RequestContext): Promise<ShadowTick> {
    const presence = presenceAt(Number(minute) * 1000, context);
    const [asLegacy, asEngine, named, unsure]: [ShadowRun[], ShadowRun[], NamedDifference[], number[]] = [
      [],
      [],
      [],
      [],
    ];
    for (let afterId = -(2n ** 63n); ; ) {
      const from = afterId;
      const { jobs, runnable } = await context.unitOfWork.read(async ({ scheduledJobs }) => ({
        jobs: await scheduledJobs.listOwners(from, JOBS_AT_ONCE),
        // As many of fewer: those of the page are among them.
        runnable: new Set((await scheduledJobs.listRunnable('legacy', from, JOBS_AT_ONCE)).map(({ id }) => id)),
      }));
      for (const job of jobs) {
        afterId = job.id;
        if (this.#isUnsure(job, minute)) {
          unsure.push(Number(job.id));
        } else if (runnable.has(job.id)) {
          const tick = await this.#jobTick(job, minute, presence, context);
          asLegacy.push(...tick.asLegacy);
          asEngine.push(...tick.asEngine);
          named.push(...tick.named);
        }
      }
      if (jobs.length < JOBS_AT_ONCE) break;
      await giveWay();
    }
    return {
      minute: Number(minute),
      presence_known: presence.isKnown,
      as_legacy: asLegacy,
      as_engine: asEngine,
      named,
      unsure_jobs: unsure,
      unsure_hosts: [...presence.unsure],
    };
  }

  /** What was changed since the minute began may have been read by the legacy before or after. */
  #isUnsure({ id, createdAt, updatedAt, ownedSince }: OwnedJobRow, minute: bigint): boolean {
    if (createdAt >= minute || updatedAt >= minute || (ownedSince ?? minute - 1n) >= minute) return true;
    return this.#options.wentBackSince(id, minute);
  }

  async #jobTick(
    job: OwnedJobRow,
    minute: bigint,
    { online }: Presence,
    context: RequestContext,
  ): Promise<{ readonly asLegacy: ShadowRun[]; readonly asEngine: ShadowRun[]; readonly named: NamedDifference[] }> {
    const { unitOfWork } = context;
    const readings = await unitOfWork.read((repositories) => readJob(job, minute, this.#options.zone, repositories));
    const { legacy, engine } = readings.facts;
    const served = async (occurrence: bigint | undefined): Promise<readonly HostTick[]> => {
      if (occurrence === undefined) return [];
      const runs = await unitOfWork.read(({ scheduledRuns }) =>
        scheduledRuns.listWrittenBefore(job.id, occurrence, minute),
      );
      return hostTicks(
        job,
        readings.targets,
        new Set(runs.map(({ hostname }) => hostname)),
        occurrence,
        minute,
        online,
      );
    };
    const run = (host: HostTick, status: ShadowRun['status']): ShadowRun => ({
      job: Number(job.id),
      host: host.hostname,
      occurrence: Number(host.occurrence),
      status: host.isExpired ? 'Expired' : status,
    });
    const byLegacy = await served(legacy.occurrence);
    const byEngine = await served(engine);
    const refusal = byEngine.some(({ isExpired }) => !isExpired) ? await this.#refusal(job) : undefined;
    const asLegacy = byLegacy.map((host) => run(host, needsCredential(job) ? 'Failed' : 'Running'));
    const forgotten = namedForgotten(readings.facts, minute - BigInt(this.#options.historyDays) * DAY_SECONDS);
    const asEngine = byEngine
      .filter(({ occurrence }) => forgotten === undefined || occurrence !== legacy.occurrence)
      .map((host) => run(host, refusal === undefined ? 'Running' : 'Failed'));
    return { asLegacy, asEngine, named: differences(asLegacy, asEngine, readings, { refusal, forgotten }) };
  }

  async #refusal(job: OwnedJobRow): Promise<Named | undefined> {
    const made = await this.#options.orders.make(job);
    if (!('refusal' in made)) return undefined;
    return { fault: made.isMended ? 'F4' : null, why: made.refusal };
  }
}

interface HostTick {
  readonly hostname: string;
  readonly occurrence: bigint;
  readonly isExpired: boolean;
}

/** Hosts that get a row in this tick: the waiting ones that are online, and those for which it is too late. */
function hostTicks(
  job: OwnedJobRow,
  targets: readonly string[],
  served: ReadonlySet<string>,
  occurrence: bigint,
  minute: bigint,
  online: ReadonlySet<string>,
): readonly HostTick[] {
  const window = expirationSeconds(job.expiration);
  const isLate = window !== undefined && occurrence + window <= minute;
  return [...new Set(targets)]
    .filter((hostname) => !served.has(hostname) && (online.has(hostname) || isLate))
    .map((hostname) => ({ hostname, occurrence, isExpired: !online.has(hostname) }));
}

function needsCredential({ executionContext, credentialId }: OwnedJobRow): boolean {
  return REMOTE_CONTEXTS.has(executionContext) && !credentialId;
}

function differences(
  asLegacy: readonly ShadowRun[],
  asEngine: readonly ShadowRun[],
  readings: JobReadings,
  { refusal, forgotten }: { readonly refusal: Named | undefined; readonly forgotten: Named | undefined },
): NamedDifference[] {
  const [ofLegacy, ofEngine] = [asLegacy, asEngine].map((runs) => new Map(runs.map((run) => [run.host, run])));
  return [...new Set([...asLegacy, ...asEngine].map(({ host }) => host))].flatMap((host) => {
    const [legacy, engine] = [ofLegacy?.get(host), ofEngine?.get(host)];
    const run = legacy ?? engine;
    if (run === undefined || sameRun(legacy, engine)) return [];
    const isSameOccurrence = legacy !== undefined && engine !== undefined && legacy.occurrence === engine.occurrence;
    const unexplained: Named = { fault: null, why: 'only one side begins a run here' };
    const named = isSameOccurrence
      ? refusal
      : (readings.named ?? (engine === undefined ? (forgotten ?? namedNewcomer(readings.facts)) : undefined));
    return [{ job: run.job, host, ...(named ?? unexplained) }];
  });
}

function sameRun(one: ShadowRun | undefined, other: ShadowRun | undefined): boolean {
  return one?.occurrence === other?.occurrence && one?.status === other?.status;
}

/** @param now epoch milliseconds */
function presenceAt(now: number, { agents }: RequestContext): Presence {
  const online = new Set<string>();
  const settled = new Set<string>();
  for (const entry of agents.list()) {
    const { hostname, collectorSince = Number.POSITIVE_INFINITY } = entry;
    if (hostname === undefined || !isOnline(entry, now)) continue;
    online.add(hostname);
    if (collectorSince < now) settled.add(hostname);
  }
  return {
    isKnown: isPresenceKnown(agents, now),
    online,
    unsure: new Set([...online].filter((hostname) => !settled.has(hostname))),
  };
}
