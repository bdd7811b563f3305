/**
 * Clears away install codes and approvals that came to nothing (agents-http 3.4). Repeatable, and one transaction: the legacy's
 * own timer can't be stopped, and whoever comes second finds nothing to do.
 */
import { isoUtc } from '../../legacy-bridge/values/iso-time.js';
import type { RequestContext } from './request-context.js';

const OLDEST_PENDING_MS = 24 * 60 * 60 * 1000;

export interface PruneResult {
  /** Codes deleted, which expired without a use. */
  readonly codes: number;
  /** Approvals expired. */
  readonly approvals: number;
}

export class ApprovalsPruneService {
  /** @throws EngineError those of the database */
  async prune({ unitOfWork, clock }: RequestContext): Promise<PruneResult> {
    const now = clock.now();
    return await unitOfWork.write(async ({ installCodes, approvals }) => {
      // Codes first, as in the legacy: a request on an unused code that has expired lives on until it is a day old.
      const codes = await installCodes.deleteExpiredUnused(isoUtc(now));
      return { codes, approvals: await approvals.expireStale(isoUtc(now), isoUtc(now - OLDEST_PENDING_MS)) };
    });
  }
}
