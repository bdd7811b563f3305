/** `device_approvals` in SQLite. */
import type {
  ApprovalDecision,
  ApprovalRepository,
  ApprovalRequest,
  ApprovalRow,
  ListedApprovalRow,
  NewApproval,
  PolledApprovalRow,
} from '../approval-repository.js';
import { text } from './column-forms.js';
import type { SqliteConnection } from './sqlite-connection.js';

const COLUMNS = [
  text('a.id', 'id'),
  text('a.approval_reference', 'reference'),
  text('a.guid', 'guid'),
  text('a.hostname_claimed', 'hostnameClaimed'),
  text('a.ssl_key_fingerprint_claimed', 'fingerprint'),
  text('a.enrollment_code_id', 'codeId'),
  text('a.status', 'status'),
  text('a.client_nonce', 'clientNonce'),
  text('a.server_nonce', 'serverNonce'),
  text('a.created_at', 'createdAt'),
  text('a.updated_at', 'updatedAt'),
  text('a.approved_by_user_id', 'approvedByUserId'),
].join(', ');

const FIND_BY_REFERENCE = `
  SELECT ${COLUMNS}, CAST(a.agent_pubkey_der AS BLOB) AS publicKeyDer
  FROM device_approvals a WHERE a.approval_reference = ?`;
/** Reads the whole table; asked only for codes that are gone. */
const COUNT_COMPLETED = `
  SELECT COUNT(*) AS completed FROM device_approvals WHERE enrollment_code_id = ? AND status = 'completed'`;
const FIND_BY_ID = `SELECT ${COLUMNS} FROM device_approvals a WHERE a.id = ?`;
const FIND_PENDING = `
  SELECT ${COLUMNS} FROM device_approvals a
  WHERE a.ssl_key_fingerprint_claimed = ? AND a.status = 'pending' ORDER BY a.rowid LIMIT 1`;
/** A subquery and no join: the id of one user may be the name of another. */
const LIST = `
  SELECT ${COLUMNS}, (
    SELECT u.username FROM users u
    WHERE CAST(u.id AS TEXT) = a.approved_by_user_id OR LOWER(u.username) = LOWER(a.approved_by_user_id)
    ORDER BY CAST(u.id AS TEXT) = a.approved_by_user_id DESC, u.id LIMIT 1
  ) AS approvedByUsername
  FROM device_approvals a WHERE ? IS NULL OR LOWER(a.status) = ? ORDER BY a.created_at`;
const INSERT = `
  INSERT INTO device_approvals (
    id, approval_reference, guid, hostname_claimed, ssl_key_fingerprint_claimed, enrollment_code_id, status,
    client_nonce, server_nonce, agent_pubkey_der, created_at, updated_at
  ) VALUES (?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?, ?)`;
const RENEW = `
  UPDATE device_approvals SET
    hostname_claimed = ?, guid = ?, enrollment_code_id = ?, client_nonce = ?, server_nonce = ?, agent_pubkey_der = ?,
    updated_at = ?
  WHERE id = ?`;
const DECIDE = `
  UPDATE device_approvals SET status = ?, guid = ?, approved_by_user_id = ?, updated_at = ? WHERE id = ?`;
const COMPLETE = "UPDATE device_approvals SET status = 'completed', guid = ?, updated_at = ? WHERE id = ?";
const EXPIRE = "UPDATE device_approvals SET status = 'expired', updated_at = ? WHERE id = ?";
const EXPIRE_STALE = `
  UPDATE device_approvals SET status = 'expired', updated_at = ?
  WHERE status = 'pending' AND (
    created_at < ? OR EXISTS (
      SELECT 1 FROM enrollment_install_codes c
      WHERE c.id = device_approvals.enrollment_code_id AND (c.expires_at < ? OR c.use_count >= c.max_uses)
    )
  )`;

export class SqliteApprovalRepository implements ApprovalRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async findByReference(reference: string): Promise<PolledApprovalRow | undefined> {
    return this.#connection.get<PolledApprovalRow>(FIND_BY_REFERENCE, reference);
  }

  async countCompleted(codeId: string): Promise<number> {
    return this.#connection.get<{ completed: number }>(COUNT_COMPLETED, codeId)?.completed ?? 0;
  }

  async findById(id: string): Promise<ApprovalRow | undefined> {
    return this.#connection.get<ApprovalRow>(FIND_BY_ID, id);
  }

  async findPendingByFingerprint(fingerprint: string): Promise<ApprovalRow | undefined> {
    return this.#connection.get<ApprovalRow>(FIND_PENDING, fingerprint);
  }

  async list(status: string | undefined): Promise<readonly ListedApprovalRow[]> {
    return this.#connection.all<ListedApprovalRow>(LIST, status ?? null, status ?? null);
  }

  async insert({ id, reference, fingerprint, ...request }: NewApproval, now: string): Promise<void> {
    const { guid, hostnameClaimed, codeId, clientNonce, serverNonce, publicKeyDer } = request;
    this.#connection.run(
      INSERT,
      id,
      reference,
      guid,
      hostnameClaimed,
      fingerprint,
      codeId,
      clientNonce,
      serverNonce,
      publicKeyDer,
      now,
      now,
    );
  }

  async renew(id: string, request: ApprovalRequest, now: string): Promise<void> {
    const { guid, hostnameClaimed, codeId, clientNonce, serverNonce, publicKeyDer } = request;
    this.#connection.run(RENEW, hostnameClaimed, guid, codeId, clientNonce, serverNonce, publicKeyDer, now, id);
  }

  async decide(id: string, { status, guid, approvedByUserId }: ApprovalDecision, now: string): Promise<void> {
    this.#connection.run(DECIDE, status, guid, approvedByUserId, now, id);
  }

  async complete(id: string, guid: string, now: string): Promise<void> {
    this.#connection.run(COMPLETE, guid, now, id);
  }

  async expire(id: string, now: string): Promise<void> {
    this.#connection.run(EXPIRE, now, id);
  }

  async expireStale(now: string, createdBefore: string): Promise<number> {
    return this.#connection.run(EXPIRE_STALE, now, createdBefore, now);
  }
}
