/** `facade jobs`: scheduled jobs, who runs them, and handing them over. */
import type { Command } from 'commander';
import type { ShownJob, ShownJobs } from '../../admin/handlers/job-handlers.js';
import { jobTarget } from '../../table/background-tasks.js';
import type { TableVersion } from '../../table/migration-table-store.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { addDefaultList } from '../default-list.js';
import { jobId, wholeNumber } from '../parse-values.js';
import { columns, paintStage, printable, type Style } from '../style.js';
import { writeVersion } from './flip-command.js';
import { jobsOfEngine, type Resting, restingOf, writeResting } from './jobs-at-rest.js';
import { addHandBack } from './jobs-hand-back.js';

interface ListOptions extends GlobalOptions {
  readonly disagreeing?: boolean;
  readonly limit: number;
}

export function addJobsCommand(program: Command, context: CliContext): void {
  const jobs = program
    .command('jobs')
    .summary('scheduled jobs: who runs them, and hand-overs')
    .description(
      'Lists the scheduled jobs with the side that runs them and both readings of their schedules, or hands jobs over between legacy and engine.',
    );
  addList(jobs, context);
  addMove(
    jobs,
    context,
    'take',
    'engine',
    'Gives jobs to the engine: from the tick in which it takes them, the engine alone runs them.',
  );
  addMove(jobs, context, 'return', 'legacy', 'Gives jobs back to the legacy, after the next tick of the engine.');
  addHandBack(jobs, context);
}

const PAGE = 200;

function addList(jobs: Command, context: CliContext): void {
  addDefaultList(
    jobs,
    'list jobs',
    'Lists jobs by id: owner, next run by the reading of either side, last run. A job whose owner is not yet who the migration table wants is marked.',
  )
    .option('--disagreeing', 'only jobs that the two sides read differently')
    .option('--limit <number>', 'most jobs to list', wholeNumber, 1000)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<ListOptions>();
      context.show(options, await gather(context, options), writeJobs);
    });
}

async function gather(context: CliContext, options: ListOptions): Promise<ShownJobs> {
  const facade = context.facade(options);
  const found: ShownJob[] = [];
  for (let after = 0; ; ) {
    const page = await facade.call<ShownJobs>('GET', `/jobs?after=${after}&limit=${PAGE}`);
    found.push(...page.jobs.filter(({ disagreement }) => options.disagreeing !== true || disagreement !== null));
    const jobs = found.slice(0, options.limit);
    if (found.length > jobs.length) return { ...page, jobs, next: jobs.at(-1)?.id ?? null };
    if (page.next === null || jobs.length === options.limit) return { ...page, jobs };
    after = page.next;
  }
}

function addMove(
  jobs: Command,
  context: CliContext,
  name: 'take' | 'return',
  stage: 'engine' | 'legacy',
  description: string,
): void {
  jobs
    .command(name)
    .summary(stage === 'engine' ? 'give jobs to the engine' : 'give jobs back to the legacy')
    .description(`${description} One version of the migration table, whatever their number.`)
    .argument('<job...>', 'ids of jobs', (written: string, before: readonly string[] = []) => [
      ...before,
      jobId(written),
    ])
    .requiredOption('--why <text>', 'reason, for the audit')
    .option('--force', 'also while the engine does not know who is online')
    .action(async (ids: readonly string[], _options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly why: string; readonly force?: boolean }>();
      const [target, ...also] = ids.map(jobTarget);
      const { why, force } = options;
      const body = { target, ...(also.length > 0 ? { also } : {}), stage, why, force, who: context.io.user };
      const facade = context.facade(options);
      const owned = stage === 'legacy' ? await jobsOfEngine(facade) : [];
      const resting = restingOf(owned?.filter(({ id }) => ids.includes(String(id))));
      const version = await facade.call<TableVersion>('POST', '/flip', body);
      context.show(options, { ...version, resting }, writeMoved);
    });
}

function writeMoved({ resting, ...version }: TableVersion & { readonly resting: Resting }, style: Style): string {
  return [writeVersion(version, style), ...writeResting(resting, style)].join('\n');
}

const HEADS = ['ID', 'OWNER', 'ON', 'SCHEDULE', 'NEXT BY ENGINE', 'NEXT BY LEGACY', 'LAST', 'STATUS', 'HOSTS', 'NAME'];

function writeJobs({ owner, engine, notCompared, shownOff, jobs, next }: ShownJobs, style: Style): string {
  const disagreeing = jobs.filter(({ disagreement }) => disagreement !== null);
  const isAnyShownOff = jobs.some((job) => job.owner === 'engine');
  return [
    `scheduler: ${paintStage(owner, style)}`,
    ...writeEngine(engine, style),
    ...(notCompared === null ? [] : [style.caution(printable(notCompared))]),
    '',
    jobs.length === 0
      ? 'no jobs'
      : columns(
          HEADS,
          jobs.map((job) => cells(job, style)),
          style,
        ),
    ...(shownOff === null || !isAnyShownOff ? [] : [style.caution(`Mind: ${printable(shownOff)}`)]),
    ...disagreeing.map(({ id, disagreement }) => style.caution(printable(`job ${id}: ${disagreement}`))),
    ...(next === null ? [] : [style.dim('there are more; see them with --limit')]),
  ].join('\n');
}

function writeEngine(engine: ShownJobs['engine'], style: Style): string[] {
  if (engine === null) return [style.caution('the engine has not said yet what it owns')];
  const { ownedJobs, handBackPending, lastMinute, told } = engine;
  return [
    `engine: ${ownedJobs} ${ownedJobs === 1 ? 'job' : 'jobs'}${lastMinute === null ? '' : `, last tick ${printable(lastMinute)}`}`,
    ...(told ? [] : [style.caution('the engine was not told yet what it owns, and does nothing')]),
    ...(handBackPending ? [style.caution('jobs go back to the legacy after the next tick of the engine')] : []),
  ];
}

function cells(job: ShownJob, style: Style): string[] {
  const { owner, wanted, nextRun, counts } = job;
  const ran = counts.running + counts.success + counts.failed + counts.expired + counts.timedOut;
  return [
    String(job.id),
    paintStage(owner, style) + (owner === wanted ? '' : style.caution(` (to be ${printable(wanted)})`)),
    job.enabled ? 'yes' : style.dim('no'),
    printable(job.scheduleType),
    minute(nextRun.engine),
    nextRun.engine === nextRun.legacy ? style.dim('same') : style.caution(minute(nextRun.legacy)),
    minute(job.lastOccurrence),
    printable(job.lastStatus || '-'),
    `${ran} of ${job.targets}${counts.failed > 0 ? style.bad(`, ${counts.failed} failed`) : ''}`,
    printable(job.name),
  ];
}

/** Jobs know minutes alone. */
function minute(time: string | null): string {
  return time === null ? '-' : printable(time.replace(/:\d\d\.\d{3}Z$/, 'Z'));
}
