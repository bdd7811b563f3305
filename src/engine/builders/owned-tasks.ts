/** Builds the wish of the facade: which background tasks are this engine's, and which jobs. */
import type { SchedulerOwner, SchedulerWish } from '../../legacy-bridge/scheduler/scheduler-protocol.js';
import { parseJson } from '../../legacy-bridge/values/parse-json.js';
import { isPythonObject, type PythonValue } from '../../legacy-bridge/values/python-value.js';
import {
  BACKGROUND_TASK_NAMES,
  type BackgroundTaskName,
  isBackgroundTaskName,
} from '../config/background-task-name.js';
import { EngineError } from '../domain/engine-error.js';

export interface OwnedTasks {
  readonly tasks: readonly BackgroundTaskName[];
  readonly scheduler: SchedulerWish;
}

/** @throws EngineError `invalid_request`; a facade that says something else is of another release */
export function buildOwnedTasks(body: Buffer): OwnedTasks {
  const value = parseJson(body);
  const object = value !== undefined && isPythonObject(value) ? value : undefined;
  const tasks = tasksOf(object?.get('owned'));
  const scheduler = object?.get('scheduler');
  return { tasks, scheduler: scheduler === undefined ? wishOf(tasks) : schedulerOf(scheduler) };
}

/** Where nothing is said of jobs: all or none. */
export function wishOf(tasks: readonly BackgroundTaskName[]): SchedulerWish {
  return { owner: tasks.includes('scheduler') ? 'engine' : 'legacy', jobs: {} };
}

function tasksOf(owned: PythonValue | undefined): readonly BackgroundTaskName[] {
  const names = Array.isArray(owned)
    ? owned.filter((name) => typeof name === 'string' && isBackgroundTaskName(name))
    : [];
  if (Array.isArray(owned) && names.length === owned.length) return names;
  throw new EngineError('invalid_request', { detail: `owned: a list of some of ${BACKGROUND_TASK_NAMES.join(', ')}` });
}

function schedulerOf(value: PythonValue): SchedulerWish {
  const [owner, jobs] = isPythonObject(value) ? [value.get('owner'), value.get('jobs')] : [];
  if (!isOwner(owner)) throw invalid('scheduler.owner: legacy or engine');
  const named = jobs === undefined ? [] : isPythonObject(jobs) ? [...jobs] : undefined;
  if (named === undefined) throw invalid('scheduler.jobs: an object');
  for (const [id, jobOwner] of named)
    if (!/^[1-9]\d{0,17}$/.test(id) || !isOwner(jobOwner))
      throw invalid('scheduler.jobs: ids of jobs, each with legacy or engine');
  return { owner, jobs: Object.fromEntries(named) as Record<string, SchedulerOwner> };
}

function isOwner(value: PythonValue | undefined): value is SchedulerOwner {
  return value === 'legacy' || value === 'engine';
}

function invalid(detail: string): EngineError {
  return new EngineError('invalid_request', { detail });
}
