/** Ticks as an engine tells them, and runs as the legacy writes them, with what a test does not care about filled in. */
import type {
  NamedDifference,
  ShadowRun,
  ShadowTick,
} from '../../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import type { WrittenRun } from '../../../src/legacy-bridge/scheduler/written-runs.js';

export const MINUTE = 1_773_152_580;

export function shadowTick(parts: Partial<ShadowTick> = {}): ShadowTick {
  return {
    minute: MINUTE,
    presence_known: true,
    as_legacy: [],
    as_engine: parts.as_engine ?? parts.as_legacy ?? [],
    named: [],
    unsure_jobs: [],
    unsure_hosts: [],
    ...parts,
  };
}

export function planned(job: number, host: string, status: ShadowRun['status'] = 'Running'): ShadowRun {
  return { job, host, occurrence: MINUTE, status };
}

export function difference(job: number, host: string, fault: string | null): NamedDifference {
  return { job, host, fault, why: 'a recurring job goes on after a failure' };
}

export function written(jobId: number, host: string, parts: Partial<WrittenRun> = {}): WrittenRun {
  return {
    ...{ id: 1, jobId, host, scheduledAt: MINUTE, startedAt: MINUTE, createdAt: MINUTE, status: 'Running', error: '' },
    ...parts,
  };
}
