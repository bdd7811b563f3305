/** Every failure that the engine answers with: one union of codes, one class. The HTTP statuses are in interfaces/http/error-answer.ts. */

/** Words that callers see as `error`, and the log as the reason. */
export type EngineErrorCode =
  /** A field of the request has a form that the route can't take; `detail` names it. */
  | 'invalid_request'
  | 'body_too_large'
  /** The client went away before its body had arrived; nobody hears the answer. */
  | 'request_aborted'
  | 'invalid_refresh_token'
  | 'refresh_token_revoked'
  | 'refresh_token_expired'
  | 'device_not_found'
  | 'device_revoked'
  | 'device_invalid'
  | 'missing_authorization'
  | 'token_expired'
  | 'invalid_token'
  | 'invalid_claims'
  | 'token_version_revoked'
  | 'fingerprint_mismatch'
  /** The agent id or hostname belongs to another device. */
  | 'guid_mismatch'
  /** A good token without a row, and none could be made for it. */
  | 'device_not_recovered'
  /** The row was deleted while its device was being served. */
  | 'device_not_registered'
  /** Too many calls within the window; `retryAfterSeconds` says when there is room again. */
  | 'rate_limited'
  /** Nobody calls, or his account is gone. */
  | 'unauthorized'
  /** Somebody calls whose role does not suffice. */
  | 'forbidden'
  | 'missing_credentials'
  /** No such account, or another password. */
  | 'invalid_credentials'
  /** No second factor is asked for in this session. */
  | 'mfa_pending'
  | 'invalid_session'
  /** The second factor came too late, or was given before. */
  | 'mfa_expired'
  /** The account is gone, or has no secret that codes could be made with. */
  | 'mfa_not_configured'
  | 'code_too_short'
  | 'code_wrong'
  | 'invalid_ttl'
  | 'not_found'
  | 'approval_not_pending'
  /** Another device has the claimed hostname, and nobody said what is to become of it. */
  | 'conflict_resolution_required'
  /** The same for enrolment requests, whose answer also tells the pause in its body. */
  | 'enrollment_rate_limited'
  | 'hostname_required'
  | 'enrollment_code_required'
  | 'agent_pubkey_required'
  | 'client_nonce_required'
  | 'invalid_agent_pubkey'
  | 'invalid_client_nonce'
  /** Unknown, expired, or spent for whoever asks. */
  | 'invalid_enrollment_code'
  | 'approval_reference_required'
  | 'proof_sig_required'
  | 'invalid_proof_sig'
  | 'nonce_mismatch'
  | 'server_nonce_invalid'
  | 'agent_pubkey_invalid'
  | 'invalid_proof'
  /** The proof is being used, or was, and what it was for is not done twice. */
  | 'proof_replayed'
  /** The memory of used proofs is full. */
  | 'proofs_unavailable'
  | 'invalid_payload'
  | 'agent_id_required'
  | 'agent_hash_required'
  | 'agent_hash_not_found'
  | 'agent_not_found'
  /** No agent is named, or its roles are no list. */
  | 'provision_incomplete'
  /** A job without a name, components or targets. */
  | 'job_fields_required'
  | 'job_not_found'
  | 'job_nothing_to_update'
  /** What is stored of a job's components or targets is no JSON, or no such thing. */
  | 'job_unreadable'
  | 'activity_not_found'
  /** No script is named, or no hosts. */
  | 'quick_run_incomplete'
  | 'script_not_found'
  /** A script that agents are not sent at once; the answer names its type. */
  | 'script_type_unsupported'
  /** No playbook is named, or no hosts. */
  | 'playbook_run_incomplete'
  | 'playbook_not_found'
  /** A path that leads out of the playbooks' folder. */
  | 'playbook_path_invalid'
  | 'credential_id_invalid'
  | 'credential_not_found'
  /** A credential of a kind that runs no playbook; the answer names it. */
  | 'credential_unsupported'
  /** A recap that does not say of which run. */
  | 'run_id_required'
  | 'recap_not_found'
  | 'dpop_invalid'
  | 'dpop_replayed'
  /** The proof memory is full: nobody can tell whether this proof was seen. */
  | 'dpop_unavailable'
  /** The legacy holds the database longer than the engine waits. */
  | 'database_busy'
  /** The database can't be opened, read or written. */
  | 'database_unavailable'
  /** The database knows no agent at all, so that it can't be the one that gave a caller its token. */
  | 'database_empty'
  /** The key that signs tokens is not loaded, or is no longer the one on disk. */
  | 'keys_unavailable'
  /** A token that this server signed is ahead of its clock: the clock has been set back. */
  | 'clock_behind'
  /** A stored secret needs another key than the one that the engine has. */
  | 'secrets_unavailable'
  /** The legacy has this route, the engine not yet. */
  | 'not_implemented';

export interface EngineErrorOptions {
  /** For the caller: what was expected. Never a secret, never a text of the database or of Node. */
  readonly detail?: string;
  /** Seconds after which trying again may help. */
  readonly retryAfterSeconds?: number;
  /** More fields of the answer, where callers are promised them. Never a secret. */
  readonly facts?: Readonly<Record<string, string>>;
  /** For the log. */
  readonly cause?: unknown;
}

export class EngineError extends Error {
  readonly code: EngineErrorCode;
  readonly detail: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly facts: Readonly<Record<string, string>>;

  constructor(code: EngineErrorCode, { detail, retryAfterSeconds, facts, cause }: EngineErrorOptions = {}) {
    super(detail === undefined ? code : `${code}: ${detail}`, cause === undefined ? undefined : { cause });
    this.name = 'EngineError';
    this.code = code;
    this.detail = detail;
    this.retryAfterSeconds = retryAfterSeconds;
    this.facts = facts ?? {};
  }
}
