/** Background tasks, and the scheduled jobs: whose they are, and when they run by either reading. */
import type { Jobs, Table } from './answers.js';
import { asError, get } from './api.js';
import { type Child, el, localTime, stageChip, table } from './elements.js';
import { mover } from './mover.js';

const OWNERS = ['legacy', 'engine'] as const;

export async function jobsView(refresh: () => void): Promise<readonly Child[]> {
  const [{ background }, jobs] = await Promise.all([
    get<Table>('/routes'),
    get<Jobs>('/jobs?limit=500').catch(asError),
  ]);
  const tasks = background.map(({ name, owner }) =>
    el(
      'tr',
      {},
      el('td', {}, mover({ target: `background:${name}`, current: owner, stages: OWNERS, refresh }, name)),
      el('td', {}, stageChip(owner)),
    ),
  );
  return [
    el('h2', {}, 'Background tasks'),
    table(['Task', 'Owner'], tasks, 'The table names none.'),
    el('h2', {}, 'Jobs'),
    ...listed(jobs, refresh),
  ];
}

function listed(jobs: Jobs | Error, refresh: () => void): readonly Child[] {
  if (jobs instanceof Error) return [el('p', { className: 'warn' }, jobs.message)];
  return [
    jobs.shownOff === null ? undefined : el('p', { className: 'warn' }, jobs.shownOff),
    jobs.engine?.told === false &&
      el('p', { className: 'warn' }, 'The engine has not been told yet which jobs are its own.'),
    jobs.engine?.handBackPending === true &&
      el('p', { className: 'quiet' }, 'Jobs go back to the legacy after the next tick of the engine.'),
    jobs.notCompared === null ? undefined : el('p', { className: 'quiet' }, jobs.notCompared),
    table(
      [{ number: 'Id' }, 'Job', 'Owner', 'On', 'Schedule', 'Next run by the legacy', 'by the engine', 'Last'],
      jobs.jobs.map((job) => jobRow(job, refresh)),
      'There are no jobs.',
    ),
    jobs.next === null ? undefined : el('p', { className: 'quiet' }, 'There are more: facade jobs --all.'),
  ];
}

function jobRow(
  { id, name, owner, wanted, enabled, scheduleType, nextRun, lastStatus, disagreement }: Jobs['jobs'][number],
  refresh: () => void,
): HTMLElement {
  const moves = owner === wanted ? undefined : el('div', { className: 'quiet' }, `goes to the ${wanted}`);
  return el(
    'tr',
    {},
    el('td', { className: 'number' }, id),
    el('td', {}, mover({ target: `background:scheduler/${id}`, current: owner, stages: OWNERS, refresh }, name)),
    el('td', {}, stageChip(owner), moves),
    el('td', {}, enabled ? 'yes' : 'no'),
    el('td', {}, scheduleType),
    el('td', {}, runTime(nextRun.legacy)),
    el(
      'td',
      {},
      runTime(nextRun.engine),
      disagreement === null ? undefined : el('div', { className: 'warn' }, disagreement),
    ),
    el('td', {}, lastStatus ?? ''),
  );
}

function runTime(at: string | null): string {
  return at === null ? '-' : localTime(at);
}
