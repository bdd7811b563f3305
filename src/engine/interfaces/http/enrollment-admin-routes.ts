/** The administration of enrolment: install codes and devices that ask to be let in (agents-http 9). For admins. */
import { trimmed } from '../../../legacy-bridge/values/python-text.js';
import { buildApprovalWish, buildCodeOrder } from '../../builders/enrollment-admin.js';
import type { ShownApproval } from '../../domain/enrollment-admin.js';
import type { InstallCodeFilter, InstallCodeRow } from '../../repositories/install-code-repository.js';
import type { EnrollmentAdminService } from '../../services/enrollment-admin-service.js';
import type { OperatorService } from '../../services/operator-service.js';
import { jsonAnswer } from './http-answer.js';
import type { HttpRoute } from './http-route.js';
import { adminGuard, type OperatorGuard } from './operator-guard.js';

export interface EnrollmentAdminServices {
  readonly operators: OperatorService;
  readonly enrollmentAdmin: EnrollmentAdminService;
}

/** A few short texts. */
const BODY_LIMIT = 1_000_000;

export function enrollmentAdminRoutes({ operators, enrollmentAdmin }: EnrollmentAdminServices): readonly HttpRoute[] {
  const admin = adminGuard(operators);
  return [...codeRoutes(admin, enrollmentAdmin), ...approvalRoutes(admin, enrollmentAdmin)];
}

function codeRoutes(admin: OperatorGuard, service: EnrollmentAdminService): readonly HttpRoute[] {
  return [
    {
      rule: '/api/admin/enrollment-codes',
      varies: 'Cookie',
      handlers: {
        GET: admin(async (request, context) => {
          const codes = await service.listCodes(codeFilter(request.query), context);
          return jsonAnswer(200, { codes: codes.map(codeObject) });
        }),
        POST: admin(async (request, context, operator) => {
          const order = buildCodeOrder(await request.body(BODY_LIMIT));
          const { id, code, expiresAt, maxUses } = await service.createCode(order, operator, context);
          return jsonAnswer(200, {
            id,
            code,
            expires_at: expiresAt,
            max_uses: maxUses,
            use_count: 0,
            last_used_at: null,
          });
        }),
      },
    },
    {
      rule: '/api/admin/enrollment-codes/:code_id',
      varies: 'Cookie',
      handlers: {
        DELETE: admin(async (request, context, operator) => {
          await service.deleteCode(request.params.code_id ?? '', operator, context);
          return jsonAnswer(200, { status: 'deleted' });
        }),
      },
    },
  ];
}

function approvalRoutes(admin: OperatorGuard, service: EnrollmentAdminService): readonly HttpRoute[] {
  return [
    {
      rule: '/api/admin/device-approvals',
      varies: 'Cookie',
      handlers: {
        GET: admin(async (request, context) => {
          const status = trimmed(new URLSearchParams(request.query).get('status') ?? '').toLowerCase();
          const shown = await service.listApprovals(status === '' || status === 'all' ? undefined : status, context);
          return jsonAnswer(200, { approvals: shown.map(approvalObject) });
        }),
      },
    },
    {
      rule: '/api/admin/device-approvals/:approval_id/approve',
      varies: 'Cookie',
      handlers: {
        POST: admin(async (request, context, operator) => {
          const body = await request.body(BODY_LIMIT);
          const id = request.params.approval_id ?? '';
          const resolution = await service.approve(id, () => buildApprovalWish(body), operator, context);
          return jsonAnswer(200, { status: 'approved', conflict_resolution: resolution || undefined });
        }),
      },
    },
    {
      rule: '/api/admin/device-approvals/:approval_id/deny',
      varies: 'Cookie',
      handlers: {
        POST: admin(async (request, context, operator) => {
          await service.deny(request.params.approval_id ?? '', operator, context);
          return jsonAnswer(200, { status: 'denied' });
        }),
      },
    },
  ];
}

const FILTERS: readonly InstallCodeFilter[] = ['active', 'expired', 'used'];

/** Exactly one of the words; any other is no filter. */
function codeFilter(query: string): InstallCodeFilter {
  const status = new URLSearchParams(query).get('status');
  return FILTERS.find((filter) => filter === status) ?? 'all';
}

function codeObject(row: InstallCodeRow) {
  return {
    id: row.id,
    code: row.code,
    expires_at: row.expiresAt,
    created_by_user_id: row.createdByUserId,
    used_at: row.usedAt,
    used_by_guid: row.usedByGuid,
    max_uses: numberOrText(row.maxUses),
    use_count: numberOrText(row.useCount),
    last_used_at: row.lastUsedAt,
  };
}

function numberOrText(stored: string | null): bigint | string | null {
  return stored !== null && /^-?\d+$/.test(stored) ? BigInt(stored) : stored;
}

function approvalObject({ approval, conflict, alternateHostname }: ShownApproval) {
  return {
    id: approval.id,
    approval_reference: approval.reference,
    guid: approval.guid,
    hostname_claimed: approval.hostnameClaimed,
    ssl_key_fingerprint_claimed: approval.fingerprint,
    enrollment_code_id: approval.codeId,
    status: approval.status,
    client_nonce: approval.clientNonce,
    server_nonce: approval.serverNonce,
    created_at: approval.createdAt,
    updated_at: approval.updatedAt,
    approved_by_user_id: approval.approvedByUserId,
    approved_by_username: approval.approvedByUsername,
    hostname_conflict: conflict === undefined ? null : conflictObject(conflict),
    alternate_hostname: alternateHostname ?? null,
    conflict_requires_prompt: alternateHostname !== undefined,
    fingerprint_match: conflict?.fingerprintMatch ?? false,
  };
}

function conflictObject({
  guid,
  fingerprint,
  siteId,
  siteName,
  fingerprintMatch,
}: NonNullable<ShownApproval['conflict']>) {
  return {
    guid: guid || null,
    ssl_key_fingerprint: fingerprint || null,
    site_id: siteId,
    site_name: siteName,
    fingerprint_match: fingerprintMatch,
    requires_prompt: !fingerprintMatch,
  };
}
