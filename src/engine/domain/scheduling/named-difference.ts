/** Says by which of the legacy's faults (contract scheduler.md) the engine's reading of a job differs from the legacy's. Pure. */
import type { LegacyReading } from './legacy-due-occurrence.js';

export interface Named {
  /** `retention`: of no number there. Null: nobody can explain it. */
  readonly fault: 'F4' | 'F5' | 'F6' | 'F7' | 'F8' | 'F10' | 'retention' | null;
  readonly why: string;
}

/** What is known of a job when both readings of it differ. */
export interface JobFacts {
  readonly legacy: LegacyReading;
  readonly engine: bigint | undefined;
  readonly last: bigint | null;
  /** Targets, those named twice counted twice, and distinct ones. */
  readonly targets: number;
  readonly hosts: number;
  /** Distinct hosts of the latest occurrence that have a run, and those whose run the legacy counts as ended. */
  readonly begun: number;
  readonly ended: number;
  /** Whether one of its runs ended with a word that the legacy does not count. */
  readonly hasFailed: boolean;
  /** Whether both compute the same next run. */
  readonly sameNextRun: boolean;
}

/** @returns undefined when both serve the same occurrence, or none */
export function namedOccurrence(facts: JobFacts): Named | undefined {
  const { legacy, engine, last } = facts;
  if (legacy.occurrence === engine) return undefined;
  if (last === null) {
    const why =
      'its first start was served by nobody in time: at the legacy it never runs, or late; here its next occurrence does';
    return facts.sameNextRun ? { fault: 'F7', why } : calendar();
  }
  if (legacy.occurrence === last && engine !== undefined) return standing(facts);
  if (!facts.sameNextRun) return calendar();
  return { fault: null, why: 'both read its schedule differently' };
}

/** The legacy does not leave the latest occurrence; the engine serves the next one. */
function standing({ targets, hosts, ended, hasFailed }: JobFacts): Named {
  if (hasFailed)
    return { fault: 'F5', why: 'a run of the occurrence before failed: the legacy stays with it for good' };
  if (targets > hosts && ended >= hosts)
    return { fault: 'F6', why: 'a target is named twice: for the legacy the occurrence before is never over' };
  return { fault: 'F8', why: 'the occurrence before is not over: the legacy skips the one that is due now' };
}

function calendar(): Named {
  return { fault: 'F10', why: 'monthly and yearly jobs drift by the zone at the legacy' };
}

/** Both serve the same occurrence, and only the legacy begins a run on this host. */
export function namedNewcomer({ begun, hosts }: JobFacts): Named {
  if (begun >= hosts)
    return { fault: 'F6', why: 'a target was changed after the occurrence was over: it waits for the next one' };
  return { fault: null, why: 'only the legacy begins a run here' };
}

/**
 * The legacy begins runs of an occurrence that stands since before the oldest run that it keeps: it forgets who was served. Rows that are
 * gone look to both like hosts that were never served; a scheduler that never forgot them would begin none.
 * @param kept the age of the oldest runs that are kept, in epoch seconds @returns undefined for a younger occurrence
 */
export function namedForgotten({ legacy, last }: JobFacts, kept: bigint): Named | undefined {
  if (legacy.occurrence === undefined || legacy.occurrence !== last || last >= kept) return undefined;
  return { fault: 'retention', why: 'the legacy forgets old runs, of the latest occurrence too, and serves it again' };
}
