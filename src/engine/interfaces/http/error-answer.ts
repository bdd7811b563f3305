/** The one place where errors become answers. Public: code, detail, pause. All else goes to the log. */
import { EngineError, type EngineErrorCode } from '../../domain/engine-error.js';
import { type HttpAnswer, jsonAnswer } from './http-answer.js';

/**
 * A 401 makes an agent wipe its tokens for good: it is only for what is known to be wrong. What the engine merely
 * cannot know is 503 (agent-protocol A1).
 */
export const ERROR_STATUS: Readonly<Record<EngineErrorCode, number>> = Object.freeze({
  invalid_request: 400,
  body_too_large: 413,
  request_aborted: 400,
  invalid_refresh_token: 401,
  refresh_token_revoked: 401,
  refresh_token_expired: 401,
  device_not_found: 404,
  device_revoked: 403,
  device_invalid: 400,
  missing_authorization: 401,
  token_expired: 401,
  invalid_token: 401,
  invalid_claims: 401,
  token_version_revoked: 401,
  fingerprint_mismatch: 403,
  guid_mismatch: 403,
  device_not_recovered: 403,
  device_not_registered: 404,
  rate_limited: 429,
  unauthorized: 401,
  forbidden: 403,
  missing_credentials: 400,
  invalid_credentials: 401,
  mfa_pending: 401,
  invalid_session: 401,
  mfa_expired: 401,
  mfa_not_configured: 403,
  code_too_short: 400,
  code_wrong: 401,
  invalid_ttl: 400,
  not_found: 404,
  approval_not_pending: 409,
  conflict_resolution_required: 409,
  enrollment_rate_limited: 429,
  hostname_required: 400,
  enrollment_code_required: 400,
  agent_pubkey_required: 400,
  client_nonce_required: 400,
  invalid_agent_pubkey: 400,
  invalid_client_nonce: 400,
  invalid_enrollment_code: 400,
  approval_reference_required: 400,
  proof_sig_required: 400,
  invalid_proof_sig: 400,
  nonce_mismatch: 400,
  server_nonce_invalid: 400,
  agent_pubkey_invalid: 400,
  invalid_proof: 400,
  proof_replayed: 409,
  proofs_unavailable: 503,
  invalid_payload: 400,
  agent_id_required: 400,
  agent_hash_required: 400,
  agent_hash_not_found: 404,
  agent_not_found: 404,
  provision_incomplete: 400,
  job_fields_required: 400,
  job_not_found: 404,
  job_nothing_to_update: 400,
  job_unreadable: 409,
  activity_not_found: 404,
  quick_run_incomplete: 400,
  script_not_found: 404,
  script_type_unsupported: 400,
  dpop_invalid: 400,
  dpop_replayed: 400,
  dpop_unavailable: 503,
  database_busy: 503,
  database_unavailable: 503,
  database_empty: 503,
  keys_unavailable: 503,
  clock_behind: 503,
  secrets_unavailable: 503,
  not_implemented: 501,
});

/** What callers see where the legacy's word is no code, or one code in two places. */
const LEGACY_WORDS: Readonly<Partial<Record<EngineErrorCode, string>>> = Object.freeze({
  device_not_recovered: 'device_not_found',
  enrollment_rate_limited: 'rate_limited',
  missing_credentials: 'missing credentials',
  invalid_credentials: 'invalid username or password',
  mfa_expired: 'expired',
  code_too_short: 'invalid_code',
  code_wrong: 'invalid_code',
  invalid_payload: 'invalid payload',
  agent_id_required: 'agent_id required',
  agent_hash_required: 'agent_hash and agent_guid or agent_id required',
  agent_hash_not_found: 'agent hash not found',
  agent_not_found: 'agent not found',
  provision_incomplete: 'Missing agent_id or roles[] in provision payload.',
  job_fields_required: 'name, components, targets required',
  job_not_found: 'not found',
  job_nothing_to_update: 'no fields to update',
  activity_not_found: 'Not found',
  quick_run_incomplete: 'Missing script_path or hostnames[]',
  script_not_found: 'Script not found',
});

/** Answer for anything thrown; what is not an EngineError is a fault of the engine's own: 500. */
export function errorAnswer(error: unknown): HttpAnswer {
  if (!(error instanceof EngineError)) return jsonAnswer(500, { error: 'internal_error' });
  const status = ERROR_STATUS[error.code];
  const retryAfter = error.retryAfterSeconds ?? (status === 503 ? 1 : undefined);
  return jsonAnswer(
    status,
    {
      error: LEGACY_WORDS[error.code] ?? error.code,
      detail: error.detail,
      ...error.facts,
      retry_after: error.code === 'enrollment_rate_limited' ? retryAfter : undefined,
    },
    // The header takes whole seconds alone.
    retryAfter === undefined ? {} : { 'retry-after': String(Math.max(1, Math.floor(retryAfter))) },
  );
}
