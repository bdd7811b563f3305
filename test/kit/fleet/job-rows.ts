/** What the database holds of jobs before a fleet's day: with runs of every status, their links, what was run on machines, and sites. */
import Database from 'better-sqlite3';

export interface SeededJobs {
  readonly jobs: readonly number[];
  /** Rows of what was run. */
  readonly activities: readonly number[];
}

const HOUR_SECONDS = 3_600;
/** Machines that belong to a site. */
const IN_SITE = 3;
/** Hours before now: within a day, a week and the retention, and beyond; none near an end of these. */
const OCCURRENCES = [2, 60, 500, 1_000] as const;
const STATUSES = ['Success', 'Failed', 'Expired', 'Timed Out', 'Running', 'Cancelled', ''] as const;
const TYPES = ['daily', 'once', 'every_hour', 'weekly', 'immediately'] as const;
const OUTPUTS = [
  ['done', ''],
  ['', 'größer als 0'],
  ['', ''],
  [null, null],
] as const;

/** Nobody may be using the database yet. @param now epoch seconds */
export function seedJobs(databaseFile: string, hostnames: readonly string[], now: number): SeededJobs {
  const db = new Database(databaseFile);
  const addJob = db.prepare(
    'INSERT INTO scheduled_jobs (name, components_json, targets_json, schedule_type, start_ts, expiration, execution_context, created_at, updated_at) VALUES (?, \'[{"type": "script", "path": "a.ps1"}]\', ?, ?, ?, \'no_expire\', \'system\', ?, ?)',
  );
  const jobs: number[] = [];
  const activities: number[] = [];
  for (const [at, type] of TYPES.entries()) {
    const first = now - (at + 1) * 50 * HOUR_SECONDS;
    const targets = JSON.stringify(hostnames).replaceAll('","', '", "');
    jobs.push(Number(addJob.run(`seeded ${type}`, targets, type, first, first, first).lastInsertRowid));
  }
  for (const [at, job] of jobs.entries())
    for (const [which, hours] of OCCURRENCES.slice(0, at).entries())
      activities.push(...addRuns(db, job, hostnames, now - hours * HOUR_SECONDS, at + which));
  const addToSite = db.prepare('INSERT INTO device_sites (device_hostname, site_id) SELECT ?, MIN(id) FROM sites');
  for (const hostname of hostnames.slice(0, IN_SITE)) addToSite.run(hostname);
  db.close();
  return { jobs, activities };
}

/** One for each machine. @returns ids of what was run */
function addRuns(
  db: Database.Database,
  job: number,
  hostnames: readonly string[],
  at: number,
  shift: number,
): number[] {
  const addRun = db.prepare(
    'INSERT INTO scheduled_job_runs (job_id, scheduled_ts, started_ts, finished_ts, status, error, created_at, updated_at, target_hostname) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const addActivity = db.prepare(
    "INSERT INTO activity_history (hostname, script_path, script_name, script_type, ran_at, status, stdout, stderr) VALUES (?, 'Scripts/a.ps1', 'a', 'powershell', ?, ?, ?, ?)",
  );
  const addLink = db.prepare(
    "INSERT INTO scheduled_job_run_activity (run_id, activity_id, component_kind, script_type, component_path, component_name, created_at) VALUES (?, ?, 'script', 'powershell', 'Scripts/a.ps1', ?, ?)",
  );
  return hostnames.map((hostname, index) => {
    const status = STATUSES[(index + shift) % STATUSES.length] ?? '';
    const [stdout, stderr] = OUTPUTS[(index + shift) % OUTPUTS.length] ?? OUTPUTS[0];
    const startedAt = status === 'Expired' ? null : at + index;
    const finishedAt = status === 'Running' ? null : at + index + 9;
    const error = status === 'Expired' ? 'Device offline' : null;
    const run = addRun.run(job, at, startedAt, finishedAt, status || null, error, at, at, hostname).lastInsertRowid;
    const activity = addActivity.run(hostname, at + index, status || null, stdout, stderr).lastInsertRowid;
    addLink.run(run, activity, index % 2 === 0 ? 'a' : null, at);
    return Number(activity);
  });
}
