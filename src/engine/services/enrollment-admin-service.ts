/** What admins do with install codes and with devices that ask to be let in (agents-http 9). Each change is one transaction. */
import { canonicalGuid } from '../../legacy-bridge/values/guid.js';
import { isoUtc } from '../../legacy-bridge/values/iso-time.js';
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import { EngineError } from '../domain/engine-error.js';
import type {
  ApprovalWish,
  CodeOrder,
  CreatedCode,
  HostnameConflict,
  ShownApproval,
} from '../domain/enrollment-admin.js';
import type { Operator } from '../domain/operator.js';
import { loggedValue } from '../logging/logged-value.js';
import { maskCode } from '../logging/mask.js';
import type { ApprovalRow, ListedApprovalRow } from '../repositories/approval-repository.js';
import type { InstallCodeFilter, InstallCodeRow } from '../repositories/install-code-repository.js';
import type { Repositories } from '../repositories/unit-of-work.js';
import { alternateHostname, findHostnameConflict } from './hostname-conflict.js';
import type { RequestContext } from './request-context.js';

const HOUR_MS = 3_600_000;

export class EnrollmentAdminService {
  async listCodes(
    filter: InstallCodeFilter,
    { unitOfWork, clock }: RequestContext,
  ): Promise<readonly InstallCodeRow[]> {
    return await unitOfWork.read(({ installCodes }) => installCodes.list(filter, isoUtc(clock.now())));
  }

  async createCode(order: CodeOrder, by: Operator, context: RequestContext): Promise<CreatedCode> {
    const { unitOfWork, clock, random, log } = context;
    const now = clock.now();
    const created = {
      ...order,
      id: random.uuid(),
      code: newCode(random.bytes(16)),
      expiresAt: isoUtc(now + order.ttlHours * HOUR_MS),
    };
    await unitOfWork.write(({ installCodes }) =>
      installCodes.insert({ ...created, createdByUserId: String(by.id) }, isoUtc(now)),
    );
    log.info(`install-code-created id=${created.id} code_mask=${maskCode(created.code)} by=${by.id}`);
    return created;
  }

  /** @throws EngineError `not_found` also for a code that was used */
  async deleteCode(id: string, by: Operator, { unitOfWork, clock, log }: RequestContext): Promise<void> {
    const deleted = await unitOfWork.write(({ installCodes }) => installCodes.deleteUnused(id, isoUtc(clock.now())));
    if (!deleted) throw new EngineError('not_found');
    log.info(`install-code-deleted id=${id} by=${by.id}`);
  }

  /** @param status in lower case; undefined for all */
  async listApprovals(status: string | undefined, { unitOfWork }: RequestContext): Promise<readonly ShownApproval[]> {
    return await unitOfWork.read(async (repositories) => {
      const shown: ShownApproval[] = [];
      for (const approval of await repositories.approvals.list(status)) shown.push(await show(approval, repositories));
      return shown;
    });
  }

  /**
   * @param readWish asked once the approval is known to wait for an answer; what it throws is thrown
   * @returns what was done about a conflict; empty when there was none to speak of
   * @throws EngineError `not_found`, `approval_not_pending`, `conflict_resolution_required`
   */
  async approve(id: string, readWish: () => ApprovalWish, by: Operator, context: RequestContext): Promise<string> {
    const { unitOfWork, clock, log } = context;
    const { guid, resolution } = await unitOfWork.write(async (repositories) => {
      const approval = await findPending(id, repositories);
      const wish = readWish();
      const wanted = wish.guid || canonicalGuid(approval.guid ?? '');
      const conflict = await findHostnameConflict(approval, wanted, repositories);
      const settled = settle({ guid: wanted, resolution: wish.resolution }, conflict, approval.hostnameClaimed);
      const decision = { status: 'approved', guid: settled.guid || null, approvedByUserId: String(by.id) } as const;
      await repositories.approvals.decide(approval.id, decision, isoUtc(clock.now()));
      return settled;
    });
    log.info(`device-approved approval=${id} guid=${guid === '' ? 'new' : loggedValue(guid)} by=${by.id}`);
    return resolution;
  }

  /** @throws EngineError `not_found`, `approval_not_pending` */
  async deny(id: string, by: Operator, { unitOfWork, clock, log }: RequestContext): Promise<void> {
    await unitOfWork.write(async (repositories) => {
      const approval = await findPending(id, repositories);
      const guid = canonicalGuid(approval.guid ?? '') || null;
      const decision = { status: 'denied', guid, approvedByUserId: String(by.id) } as const;
      await repositories.approvals.decide(approval.id, decision, isoUtc(clock.now()));
    });
    log.info(`device-denied approval=${id} by=${by.id}`);
  }
}

/** 32 upper-case hex digits in eight groups. */
function newCode(bytes: Buffer): string {
  return (bytes.toString('hex').toUpperCase().match(/.{4}/g) ?? []).join('-');
}

async function findPending(id: string, { approvals }: Repositories): Promise<ApprovalRow> {
  const approval = await approvals.findById(id);
  if (approval === undefined) throw new EngineError('not_found');
  if (trimmed(approval.status).toLowerCase() !== 'pending') throw new EngineError('approval_not_pending');
  return approval;
}

async function show(approval: ListedApprovalRow, repositories: Repositories): Promise<ShownApproval> {
  const conflict = await findHostnameConflict(approval, canonicalGuid(approval.guid ?? ''), repositories);
  const mustAsk = conflict !== undefined && !conflict.fingerprintMatch;
  return {
    approval,
    conflict,
    alternateHostname: mustAsk ? await alternateHostname(approval, repositories) : undefined,
  };
}

/** The same key is the same device, whatever the operator said. */
function settle(wish: ApprovalWish, conflict: HostnameConflict | undefined, hostname: string): ApprovalWish {
  if (conflict === undefined) return wish;
  if (conflict.fingerprintMatch)
    return { guid: conflict.guid, resolution: wish.resolution || 'auto_merge_fingerprint' };
  if (wish.resolution === 'overwrite') return { guid: conflict.guid, resolution: wish.resolution };
  if (wish.resolution === 'coexist') return wish;
  throw new EngineError('conflict_resolution_required', { facts: { hostname } });
}
