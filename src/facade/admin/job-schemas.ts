/** The forms of the admin API's jobs. Each mirrors the type of the same name. */
import { dictionary, flag, integer, list, object, orNull, text, time } from './json-schema.js';
import { side } from './schema-parts.js';

const counts = object(
  undefined,
  Object.fromEntries(
    ['pending', 'running', 'success', 'failed', 'expired', 'timedOut'].map((word) => [
      word,
      integer(`Hosts: ${word}.`),
    ]),
  ),
);

export const jobsSchema = object('Jobs', {
  owner: side,
  exceptions: dictionary(
    side,
    "Owners of jobs, by id, where they are not the scheduler's, as the migration table says.",
  ),
  engine: orNull(
    object('SchedulerState', {
      told: flag('The engine was told what it owns since it started.'),
      ownedJobs: integer('Jobs that the database gives to the engine.'),
      handBackPending: flag('Jobs wait to go back to the legacy, after the next tick of the engine.'),
      lastMinute: orNull(time('The last minute that it ticked for.')),
      restingJobs: orNull(
        list(
          integer('Id of a job.'),
          'Jobs that it gave back since it started, and that the legacy does not run again; null: its build does not say.',
        ),
      ),
    }),
  ),
  notCompared: orNull(text("Why the legacy's ticks are not compared; null while they are, or while it has none.")),
  shownOff: orNull(
    text(
      'That web pages show jobs of the engine as disabled, because the legacy answers them, and what to do; null where they would not.',
    ),
  ),
  jobs: list(
    object('Job', {
      id: integer('Id.'),
      name: text('Name.'),
      enabled: flag('As operators mean it, whoever runs the job.'),
      owner: side,
      wanted: side,
      scheduleType: text('Type of its schedule.'),
      start: orNull(time('Start of its schedule.')),
      nextRun: object(undefined, {
        engine: orNull(time("By the engine's reading.")),
        legacy: orNull(time("By the legacy's reading.")),
      }),
      lastOccurrence: orNull(time('Occurrence that ran last.')),
      lastStatus: text('What became of it; empty for a job that has no schedule yet.'),
      counts,
      targets: integer('Hosts it is for.'),
      disagreement: orNull(text('How the two readings differ for the job.')),
    }),
    'By ascending id. `owner` is by the database, `wanted` by the migration table.',
  ),
  next: orNull(integer('Ask again with this as `after`; null: there are no more.')),
});
