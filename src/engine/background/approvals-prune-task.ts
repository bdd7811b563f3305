/** `approvals-prune`: when it is taken over, and then every day, as in the legacy (agents-http 3.4). */
import type { ApprovalsPruneService } from '../services/approvals-prune-service.js';
import type { BackgroundTask } from './background-tasks.js';

const EVERY_MS = 24 * 60 * 60 * 1000;

export function approvalsPruneTask(service: ApprovalsPruneService): BackgroundTask {
  return {
    name: 'approvals-prune',
    everyMs: EVERY_MS,
    run: async (context) => {
      const { codes, approvals } = await service.prune(context);
      return `codes=${codes} approvals=${approvals}`;
    },
  };
}
