/** What a fleet met: counts and times of all its agents. Bounded, however long it runs. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** Milliseconds; null when there was none. */
export interface Times {
  readonly count: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly worst: number | null;
}

export interface FleetReport {
  readonly agents: number;
  readonly connected: number;
  /** From dialling to an open transport. */
  readonly dialled: Times;
  /** From an open transport to the answer to `40`: an agent of the field waits one second. */
  readonly joined: Times;
  readonly joinedLate: number;
  readonly dialsFailed: number;
  readonly sent: number;
  readonly acknowledged: Times;
  /** Sent on a connection that ended before they were acknowledged. */
  readonly cutOff: number;
  readonly acksLost: number;
  readonly acksOutOfOrder: number;
  readonly jobs: number;
  readonly jobsTwice: number;
  /** Ends of connections by what the client's library calls them. */
  readonly ended: Readonly<Record<string, number>>;
  /** From the end of a connection to the next joining. */
  readonly returned: Times;
  /** What ends the realtime life of an agent of the field: `41` or an Engine.IO close, by which. */
  readonly lost: Readonly<Record<string, number>>;
  /** Events of python agents, by type. */
  readonly python: Readonly<Record<string, number>>;
  readonly pythonLost: number;
}

/** Microseconds, as histograms hold whole numbers. */
const PER_MS = 1000;

class Stopwatch {
  readonly #histogram: RecordableHistogram = createHistogram();

  add(ms: number): void {
    this.#histogram.record(Math.max(1, Math.round(ms * PER_MS)));
  }

  times(): Times {
    const { count } = this.#histogram;
    const at = (value: number): number | null => (count === 0 ? null : Math.round(value / 10) / 100);
    return {
      count,
      p50: at(this.#histogram.percentile(50)),
      p99: at(this.#histogram.percentile(99)),
      worst: at(this.#histogram.max),
    };
  }
}

export class FleetRecord {
  readonly dialled = new Stopwatch();
  readonly joined = new Stopwatch();
  readonly acknowledged = new Stopwatch();
  readonly returned = new Stopwatch();
  joinedLate = 0;
  dialsFailed = 0;
  sent = 0;
  cutOff = 0;
  acksLost = 0;
  acksOutOfOrder = 0;
  jobs = 0;
  jobsTwice = 0;
  pythonLost = 0;
  readonly #ended = new Map<string, number>();
  readonly #lost = new Map<string, number>();
  readonly #python = new Map<string, number>();

  ended(reason: string): void {
    countOne(this.#ended, reason);
  }

  lost(packet: string): void {
    countOne(this.#lost, packet);
  }

  python(type: string): void {
    countOne(this.#python, type);
  }

  report(agents: number, connected: number): FleetReport {
    return {
      ...{ agents, connected },
      dialled: this.dialled.times(),
      joined: this.joined.times(),
      ...{ joinedLate: this.joinedLate, dialsFailed: this.dialsFailed, sent: this.sent },
      acknowledged: this.acknowledged.times(),
      ...{ cutOff: this.cutOff, acksLost: this.acksLost, acksOutOfOrder: this.acksOutOfOrder },
      ...{ jobs: this.jobs, jobsTwice: this.jobsTwice },
      ended: Object.fromEntries(this.#ended),
      returned: this.returned.times(),
      lost: Object.fromEntries(this.#lost),
      python: Object.fromEntries(this.#python),
      pythonLost: this.pythonLost,
    };
  }
}

/** What a server in front of real agents must never do to them; empty when all is well. */
export function faultsOf(report: FleetReport): readonly string[] {
  const { agents, connected, lost, pythonLost, acksLost, acksOutOfOrder, jobsTwice } = report;
  const told = (count: number, what: string): string[] => (count === 0 ? [] : [`${count} ${what}`]);
  return [
    ...Object.entries(lost).map(([packet, count]) => `${count} agents lost for good by ${packet}`),
    ...told(pythonLost, 'events that lose a python agent'),
    ...told(agents - connected, 'agents not connected at the end'),
    ...told(acksLost, 'acknowledgements lost'),
    ...told(acksOutOfOrder, 'acknowledgements out of order'),
    ...told(jobsTwice, 'jobs delivered twice'),
  ];
}

function countOne(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
