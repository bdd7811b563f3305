/** Sites: groups of devices that operators make. */
import type { Site } from '../domain/site.js';
import type { RequestContext } from './request-context.js';

export class SiteService {
  /** All sites by name, ASCII letters compared without case. */
  async list({ unitOfWork }: RequestContext): Promise<readonly Site[]> {
    const rows = await unitOfWork.read(({ sites }) => sites.listWithCounts());
    return rows.map(({ id, name, description, createdAt, deviceCount }) => ({
      id,
      name,
      description: description ?? '',
      createdAt: createdAt ?? 0,
      deviceCount,
    }));
  }
}
