/** The history of what was run on devices (operators 8). */
import type { ActivityOutput, ListedActivity } from '../domain/activity.js';
import { EngineError } from '../domain/engine-error.js';
import type { RequestContext } from './request-context.js';

export class ActivityService {
  /** Of exactly this host, newest first. */
  async list(hostname: string, { unitOfWork }: RequestContext): Promise<readonly ListedActivity[]> {
    return await unitOfWork.read(({ activities }) => activities.list(hostname));
  }

  /** @throws EngineError `activity_not_found` */
  async find(id: bigint, { unitOfWork }: RequestContext): Promise<ActivityOutput> {
    const activity = await unitOfWork.read(({ activities }) => activities.find(id));
    if (activity === undefined) throw new EngineError('activity_not_found');
    return activity;
  }

  async clear(hostname: string, { unitOfWork, log }: RequestContext): Promise<void> {
    const cleared = await unitOfWork.write(({ activities }) => activities.deleteOf(hostname));
    log.info(`activities-cleared host=${JSON.stringify(hostname)} activities=${cleared}`);
  }
}
