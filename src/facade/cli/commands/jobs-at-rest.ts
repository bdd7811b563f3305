/** Which jobs, once they are back, the legacy lets rest for good: whoever gives them back must hear of it. */
import type { ShownJob, ShownJobs } from '../../admin/handlers/job-handlers.js';
import type { AdminClient } from '../admin-client.js';
import { CliError } from '../cli-error.js';
import { printable, type Style } from '../style.js';

export type RestingJob = Pick<ShownJob, 'id' | 'name'>;

/** Null: nobody could say. */
export type Resting = readonly RestingJob[] | null;

const PAGE = 200;
/** A failed run, one that never began, or a first start that was missed: the legacy does not go past them. */
const RESTS = /\((?:F5|F6|F7)\)$/;

/** @returns the engine's; undefined while it can't list them, which holds up no way back */
export async function jobsOfEngine(facade: AdminClient): Promise<readonly ShownJob[] | undefined> {
  const found: ShownJob[] = [];
  try {
    for (let after: number | null = 0; after !== null; ) {
      const page: ShownJobs = await facade.call<ShownJobs>('GET', `/jobs?after=${after}&limit=${PAGE}`);
      found.push(...page.jobs.filter(({ owner }) => owner === 'engine'));
      after = page.next;
    }
    return found;
  } catch (error) {
    if (error instanceof CliError && error.code === 'jobs_unavailable') return undefined;
    throw error;
  }
}

/** @param told ids that the engine named as it gave jobs back; undefined for what their readings say beforehand */
export function restingOf(jobs: readonly ShownJob[] | undefined, told?: readonly number[]): Resting {
  if (jobs === undefined) return told?.map((id) => ({ id, name: '' })) ?? null;
  const rests = ({ id, enabled, disagreement }: ShownJob) =>
    told === undefined ? enabled && RESTS.test(disagreement ?? '') : told.includes(id);
  return jobs.filter(rests).map(({ id, name }) => ({ id, name }));
}

export function writeResting(resting: Resting, style: Style): string[] {
  if (resting === null)
    return [
      style.caution(
        'Whether some of them rest at the legacy for good could not be asked; see "facade jobs --disagreeing".',
      ),
    ];
  if (resting.length === 0) return [];
  return [
    style.caution('The legacy will not run these again, by what became of their latest occurrence:'),
    ...resting.map(({ id, name }) => printable(`  job ${id}${name === '' ? '' : `, ${name}`}`)),
  ];
}
