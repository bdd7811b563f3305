/**
 * Signs operators in: password, then, where the account asks for it, a one-time code (operators 3). Attempts are limited, a code
 * and the session that waits for it work once, and the account counts as it is when the last factor is given.
 */
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import { EngineError } from '../domain/engine-error.js';
import { CODE_DIGITS, newCodeSecret, periodOfCode, readCodeSecret } from '../domain/one-time-code.js';
import type { Operator } from '../domain/operator.js';
import { sameText } from '../domain/same-text.js';
import type { CodeRequest, PendingSignIn, SignInRequest } from '../domain/sign-in.js';
import { loggedValue } from '../logging/logged-value.js';
import type { AccountRow } from '../repositories/user-repository.js';
import { operatorOf } from './operator-service.js';
import type { AttemptLimit, RequestContext } from './request-context.js';

export type SignIn =
  | { readonly kind: 'signed-in'; readonly operator: Operator }
  /** The password was right; a code is to follow. */
  | { readonly kind: 'pending'; readonly operator: Operator; readonly pending: PendingSignIn };

const PENDING_SECONDS = 300;

export class SignInService {
  /**
   * @param address the client's
   * @throws EngineError `invalid_credentials`, `rate_limited`
   */
  async signIn(request: SignInRequest, address: string, context: RequestContext): Promise<SignIn> {
    const { unitOfWork, clock, log, attempts } = context;
    const attempt = { limit: attempts.passwords, account: request.username, address };
    const account = await judged(attempt, context, async () => {
      const found = await unitOfWork.read(({ users }) => users.findAccountByName(request.username));
      if (found !== undefined && sameText(request.passwordSha512, found.passwordSha512.toLowerCase())) return found;
      log.info(`sign-in-refused account=${found?.id ?? 'unknown'} address=${loggedValue(address)}`);
      throw new EngineError('invalid_credentials');
    });
    const operator = operatorOf(account);
    if (account.mfaEnabled) return { kind: 'pending', operator, pending: newPending(account, context) };
    await unitOfWork.write(({ users }) => users.markSignedIn(account.username, Math.floor(clock.now() / 1000)));
    log.info(`signed-in account=${account.id} address=${loggedValue(address)}`);
    return { kind: 'signed-in', operator };
  }

  /**
   * Gives the second factor to a session that waits for it.
   * @throws EngineError `invalid_session`, `mfa_expired`, `invalid_request`, `code_too_short`, `mfa_not_configured`,
   * `rate_limited`, `code_wrong`
   */
  async verify(
    pending: PendingSignIn,
    request: CodeRequest,
    address: string,
    context: RequestContext,
  ): Promise<Operator> {
    const { clock, attempts, log } = context;
    if (pending.token === '' || !sameText(request.pendingToken, pending.token))
      throw new EngineError('invalid_session');
    if (pending.expires < BigInt(Math.floor(clock.now() / 1000))) throw new EngineError('mfa_expired');
    const { digits } = request;
    if (digits === undefined) throw new EngineError('invalid_request', { detail: 'code: text or a number' });
    if ([...digits].length < CODE_DIGITS) throw new EngineError('code_too_short');
    const { account, secret } = await findFactor(pending, context);
    const attempt = { limit: attempts.codes, account: account.username, address };
    const period = await judged(attempt, context, async () => {
      const found = periodOfCode(digits, secret, clock.now());
      if (found !== undefined) return found;
      log.info(`code-refused account=${account.id} address=${loggedValue(address)}`);
      throw new EngineError('code_wrong');
    });
    const operator = await useOnce(pending, `${account.id} ${period}`, context, () =>
      finish(pending, account, context),
    );
    log.info(`signed-in account=${account.id} address=${loggedValue(address)} factors=2`);
    return operator;
  }
}

function newPending({ username, mfaSecret }: AccountRow, { clock, random }: RequestContext): PendingSignIn {
  const stage = trimmed(mfaSecret ?? '') === '' ? 'setup' : 'verify';
  return {
    username,
    token: random.uuid().replaceAll('-', ''),
    stage,
    expires: BigInt(Math.floor(clock.now() / 1000) + PENDING_SECONDS),
    secret: stage === 'setup' ? newCodeSecret(random.bytes(20)) : '',
  };
}

interface Factor {
  readonly account: AccountRow;
  readonly secret: Buffer;
}

/** Of an account that is gone, nobody can prove anything, not even while setting up. */
async function findFactor({ username, stage, secret }: PendingSignIn, { unitOfWork }: RequestContext): Promise<Factor> {
  const account = await unitOfWork.read(({ users }) => users.findAccountByName(username));
  const bytes = account && readCodeSecret(stage === 'setup' ? secret : (account.mfaSecret ?? ''));
  if (account === undefined || bytes === undefined) throw new EngineError('mfa_not_configured');
  return { account, secret: bytes };
}

/** What has failed for want of the database may be tried again. */
async function useOnce<T>(
  { username, token }: PendingSignIn,
  code: string,
  { usedFactors, clock }: RequestContext,
  work: () => Promise<T>,
): Promise<T> {
  const session = `session ${JSON.stringify([username, token])}`;
  const factor = `code ${code}`;
  refuseUsed(usedFactors.consume(session, clock.now()), 'mfa_expired');
  try {
    refuseUsed(usedFactors.consume(factor, clock.now()), 'code_wrong');
  } catch (error) {
    usedFactors.release(session);
    throw error;
  }
  try {
    return await work();
  } catch (error) {
    usedFactors.release(session);
    usedFactors.release(factor);
    throw error;
  }
}

function refuseUsed(answer: 'fresh' | 'seen' | 'full', code: 'mfa_expired' | 'code_wrong'): void {
  if (answer === 'seen') throw new EngineError(code);
  if (answer === 'full') throw new EngineError('proofs_unavailable', { retryAfterSeconds: 5 });
}

/** The account may have gone, or another role, since it was looked at. */
async function finish(
  { stage, secret }: PendingSignIn,
  { id, username }: AccountRow,
  { unitOfWork, clock }: RequestContext,
): Promise<Operator> {
  const now = Math.floor(clock.now() / 1000);
  return await unitOfWork.write(async ({ users }) => {
    const account = await users.findAccountByName(username);
    if (account?.id !== id) throw new EngineError('mfa_not_configured');
    if (stage === 'setup') await users.setMfaSecret(id, secret, now);
    await users.markSignedIn(account.username, now);
    return operatorOf(account);
  });
}

interface Attempt {
  readonly limit: AttemptLimit;
  readonly account: string;
  readonly address: string;
}

/** Counts an attempt, and takes it back unless it was judged wrong: a busy database is nobody's guess. */
async function judged<T>(
  { limit, account, address }: Attempt,
  { log }: RequestContext,
  judge: () => Promise<T>,
): Promise<T> {
  const waitMs = limit.take(account, address);
  if (waitMs > 0) {
    log.warn(`sign-in-limited address=${loggedValue(address)}`);
    throw new EngineError('rate_limited', { retryAfterSeconds: Math.ceil(waitMs / 1000) });
  }
  try {
    const right = await judge();
    limit.giveBack(account, address);
    return right;
  } catch (error) {
    const wrong = error instanceof EngineError && (error.code === 'invalid_credentials' || error.code === 'code_wrong');
    if (!wrong) limit.giveBack(account, address);
    throw error;
  }
}
