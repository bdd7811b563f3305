/** Takes requests to enrol, and tells how they stand (agents-http 3). Admits nobody by itself: an operator approves. */
import { ACCESS_TOKEN_SECONDS, type AccessTokenSigner } from '../../legacy-bridge/tokens/access-token.js';
import { proofHolds, publicKeyOfDer } from '../../legacy-bridge/tokens/enrollment-proof.js';
import { isoUtc } from '../../legacy-bridge/values/iso-time.js';
import { strictBase64 } from '../../legacy-bridge/values/strict-base64.js';
import { EngineError } from '../domain/engine-error.js';
import type {
  EnrolledTokens,
  EnrollmentPoll,
  EnrollmentRequest,
  EnrollmentState,
  PendingEnrollment,
  ServerMaterial,
} from '../domain/enrollment.js';
import { sameText } from '../domain/same-text.js';
import type { EngineLog } from '../logging/engine-log.js';
import { loggedValue } from '../logging/logged-value.js';
import { maskCode } from '../logging/mask.js';
import type { PolledApprovalRow } from '../repositories/approval-repository.js';
import type { Repositories } from '../repositories/unit-of-work.js';
import { type AdmittedCode, admitCode } from './enrollment-admission.js';
import { finishEnrollment, type Member } from './finish-enrollment.js';
import type { CallLimit, RequestContext } from './request-context.js';
import type { SignerSource } from './token-refresh-service.js';

/** Reads what agents pin; the bundle anew each time, since leaves are renewed while servers run. */
export type MaterialSource = () => Promise<ServerMaterial>;

const SERVER_NONCE_BYTES = 32;

export class EnrollmentService {
  readonly #signer: SignerSource;
  readonly #material: MaterialSource;

  constructor(signer: SignerSource, material: MaterialSource) {
    this.#signer = signer;
    this.#material = material;
  }

  /** Counts a call of this client; to be asked before its body is read. @throws EngineError `enrollment_rate_limited` */
  countCall(address: string, { enrollmentCalls }: RequestContext): void {
    takeCall(enrollmentCalls.byAddress, address);
  }

  /**
   * Leaves an approval for an operator to decide, one per key.
   * @throws EngineError `enrollment_rate_limited`, `invalid_enrollment_code`; `keys_unavailable` and those of the database,
   * before anything is written
   */
  async request(request: EnrollmentRequest, address: string, context: RequestContext): Promise<PendingEnrollment> {
    const { unitOfWork, clock, random, enrollmentCalls } = context;
    logRequest(request, address, context);
    takeCall(enrollmentCalls.byKey, request.fingerprint);
    // Without its key this side could not finish what it begins, and the operator would have approved for nothing.
    await this.#signer();
    const material = await this.#material();
    const now = clock.now();
    // Refused without the write lock; looked at again under it.
    await unitOfWork.read((repositories) => admitCode(request, repositories, now));
    const serverNonce = random.bytes(SERVER_NONCE_BYTES).toString('base64');
    const reference = await unitOfWork.write(async (repositories) =>
      keepApproval(request, await admitCode(request, repositories, now), serverNonce, repositories, context),
    );
    return { ...material, reference, serverNonce };
  }

  /**
   * How an approval stands; the first poll after an operator's yes makes the device a member.
   * @throws EngineError with the codes of the contract's table
   */
  async poll(poll: EnrollmentPoll, context: RequestContext): Promise<EnrollmentState> {
    const approval = await context.unitOfWork.read(({ approvals }) => approvals.findByReference(poll.reference));
    if (approval === undefined) return { kind: 'unknown' };
    checkProof(approval, poll);
    return approval.status === 'approved' ? await this.#finish(poll, context) : stateOf(approval.status);
  }

  /** The proof is used once; it is given back when the device got nothing for it. */
  async #finish(poll: EnrollmentPoll, context: RequestContext): Promise<EnrollmentState> {
    const { enrollmentProofs, clock } = context;
    const material = await this.#material();
    const signer = await this.#signer();
    const id = JSON.stringify([poll.reference, poll.proof.toString('base64')]);
    const use = enrollmentProofs.consume(id, clock.now());
    if (use === 'seen') throw new EngineError('proof_replayed');
    if (use === 'full') throw new EngineError('proofs_unavailable', { retryAfterSeconds: 5 });
    try {
      return await enrol(poll, signer, material, context);
    } catch (error) {
      enrollmentProofs.release(id);
      throw error;
    }
  }
}

/** What became of an approval; a member only when it was finished now. */
interface Outcome {
  readonly state: EnrollmentState;
  readonly member?: Member;
}

async function enrol(
  poll: EnrollmentPoll,
  signer: AccessTokenSigner,
  material: ServerMaterial,
  context: RequestContext,
): Promise<EnrollmentState> {
  const { unitOfWork, clock, random, log } = context;
  const now = clock.now();
  const { state, member } = await unitOfWork.write<Outcome>(async (repositories) => {
    // The other side, or another poll, may have come first; the write lock is ours now.
    const approval = await repositories.approvals.findByReference(poll.reference);
    if (approval === undefined) return { state: { kind: 'unknown' } };
    checkProof(approval, poll);
    if (approval.status !== 'approved') return { state: stateOf(approval.status) };
    const made = await finishEnrollment(approval, repositories, random, now);
    if (made === undefined) return { state: { kind: 'expired' } };
    // Signed before the commit, so that whatever fails leaves nothing behind; signing waits for nothing.
    const accessToken = await signer.sign(made, Math.floor(now / 1000));
    return { state: { kind: 'enrolled', tokens: tokensOf(made, accessToken), material }, member: made };
  });
  if (member !== undefined) logMember(member, log);
  else log.info(`enrollment-not-finished state=${state.kind}`);
  return state;
}

function takeCall(limit: CallLimit, key: string): void {
  const waitMs = limit.take(key);
  if (waitMs > 0) throw new EngineError('enrollment_rate_limited', { retryAfterSeconds: waitMs / 1000 });
}

function logRequest({ hostname, code }: EnrollmentRequest, address: string, { log }: RequestContext): void {
  const [ip, host] = [loggedValue(address), loggedValue(hostname ?? '')];
  log.info(`enrollment-request ip=${ip} host=${host} code_mask=${loggedValue(maskCode(code))}`);
}

function logMember({ guid, restricted }: Member, log: EngineLog): void {
  if (restricted === undefined) log.info(`enrollment-finished guid=${guid}`);
  else log.warn(`enrollment-finished guid=${guid} status=${restricted}: enrolling anew does not lift it`);
}

/** A key has one pending approval: asking again replaces what it had sent, and keeps the reference. */
async function keepApproval(
  { hostname, publicKeyDer, fingerprint, clientNonce }: EnrollmentRequest,
  { codeId, guid }: AdmittedCode,
  serverNonce: string,
  { approvals }: Repositories,
  { clock, random }: RequestContext,
): Promise<string> {
  if (hostname === undefined) throw new EngineError('invalid_request', { detail: 'hostname: text' });
  const asked = { guid, hostnameClaimed: hostname, codeId, clientNonce, serverNonce, publicKeyDer };
  const now = isoUtc(clock.now());
  const pending = await approvals.findPendingByFingerprint(fingerprint);
  if (pending !== undefined) {
    await approvals.renew(pending.id, asked, now);
    return pending.reference;
  }
  const reference = random.uuid();
  await approvals.insert({ ...asked, id: random.uuid(), reference, fingerprint }, now);
  return reference;
}

function checkProof(approval: PolledApprovalRow, poll: EnrollmentPoll): void {
  if (!sameText(approval.clientNonce, poll.clientNonce)) throw new EngineError('nonce_mismatch');
  const serverNonce = strictBase64(approval.serverNonce);
  if (serverNonce === undefined) throw new EngineError('server_nonce_invalid');
  const publicKey = publicKeyOfDer(approval.publicKeyDer);
  if (publicKey === undefined) throw new EngineError('agent_pubkey_invalid');
  const { clientNonceBytes: clientNonce, proof } = poll;
  if (!proofHolds({ publicKey, serverNonce, reference: approval.reference, clientNonce, proof }))
    throw new EngineError('invalid_proof');
}

/** Of any status but `approved`; compared exactly. */
function stateOf(status: string): EnrollmentState {
  switch (status) {
    case 'pending':
    case 'denied':
    case 'expired':
      return { kind: status };
    case 'completed':
      return { kind: 'finalized' };
    default:
      return { kind: 'other', status };
  }
}

function tokensOf({ guid, refreshToken }: Member, accessToken: string): EnrolledTokens {
  return { guid, accessToken, refreshToken, expiresIn: ACCESS_TOKEN_SECONDS };
}
