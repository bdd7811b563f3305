/** Gives devices the local account that the server keeps for each agent (agents-http 7.4, 7.5). */
import type { SecretBox } from '../../legacy-bridge/secrets/secret-box.js';
import { SecretError } from '../../legacy-bridge/secrets/secret-error.js';
import { agentGuid } from '../../legacy-bridge/values/guid.js';
import { isoUtc } from '../../legacy-bridge/values/iso-time.js';
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import { deviceSnapshot, withSummary } from '../builders/device-snapshot.js';
import { deviceValues } from '../builders/device-values.js';
import {
  type AccountRequest,
  DEFAULT_ACCOUNT_NAME,
  isRetiredName,
  type ServiceAccount,
} from '../domain/account-request.js';
import type { AdmittedDevice } from '../domain/admitted-device.js';
import { EngineError } from '../domain/engine-error.js';
import type { ServiceAccountRow } from '../repositories/service-account-repository.js';
import type { Repositories } from '../repositories/unit-of-work.js';
import { newAccountPassword } from './account-password.js';
import type { RequestContext } from './request-context.js';
import { writeTime } from './write-time.js';

/** What becomes of an account row. */
interface AccountDecision extends ServiceAccount {
  readonly write: 'nothing' | 'insert' | 'update' | 'rotate';
}

export class ServiceAccountService {
  readonly #secrets: SecretBox;

  constructor(secrets: SecretBox) {
    this.#secrets = secrets;
  }

  /**
   * The account as stored, made or completed when it must be; notes the agent in the device's own row. The device gets its
   * account whether or not that can be noted (agents-http 7.4, steps 4 and 5).
   * @throws EngineError `guid_mismatch`, `secrets_unavailable`
   */
  async checkIn(device: AdmittedDevice, request: AccountRequest, context: RequestContext): Promise<ServiceAccount> {
    const account = await this.#serve(device, request, context, (row) => this.#current(row, request, context));
    await noteOrTell('rewrite', device, context, (repositories) => rewrite(device, request, repositories, context));
    await noteOrTell('note', device, context, (repositories) => note(device, request, repositories, context));
    return account;
  }

  /** The account with a new password. @throws EngineError `guid_mismatch` */
  async rotate(device: AdmittedDevice, request: AccountRequest, context: RequestContext): Promise<ServiceAccount> {
    return await this.#serve(device, request, context, (row) => ({
      username: request.username || currentName(row?.username ?? '') || DEFAULT_ACCOUNT_NAME,
      password: newAccountPassword(context.random),
      write: row === undefined ? 'insert' : 'rotate',
    }));
  }

  async #serve(
    device: AdmittedDevice,
    { agentId }: AccountRequest,
    context: RequestContext,
    decide: (row: ServiceAccountRow | undefined) => AccountDecision,
  ): Promise<ServiceAccount> {
    const { unitOfWork, agents } = context;
    const guid = agentGuid(device.guid);
    const owner = agents.find(agentId)?.guid;
    if (owner !== undefined && owner !== guid) throw new EngineError('guid_mismatch');
    const account = await unitOfWork.write(async (repositories) => {
      const decision = decide(await repositories.serviceAccounts.findByAgentId(agentId));
      await this.#store(agentId, decision, repositories, context);
      return decision;
    });
    agents.learn(agentId, { guid });
    return { username: account.username, password: account.password };
  }

  #current(
    row: ServiceAccountRow | undefined,
    { username }: AccountRequest,
    { random }: RequestContext,
  ): AccountDecision {
    const given = username || DEFAULT_ACCOUNT_NAME;
    if (row === undefined) return { username: given, password: newAccountPassword(random), write: 'insert' };
    const stored = this.#open(row);
    const password = stored || newAccountPassword(random);
    if (isRetiredName(row.username)) return { username: DEFAULT_ACCOUNT_NAME, password, write: 'update' };
    const name = trimmed(row.username) === '' ? given : row.username;
    return { username: name, password, write: stored === '' ? 'update' : 'nothing' };
  }

  /** A password that only another key opens is not replaced: the agent's machine still has it, and so may the legacy. */
  #open({ password }: ServiceAccountRow): string {
    try {
      return this.#secrets.open(password);
    } catch (error) {
      if (error instanceof SecretError)
        throw new EngineError('secrets_unavailable', { retryAfterSeconds: 60, cause: error });
      throw error;
    }
  }

  async #store(
    agentId: string,
    { username, password, write }: AccountDecision,
    { serviceAccounts }: Repositories,
    { clock, random }: RequestContext,
  ): Promise<void> {
    if (write === 'nothing') return;
    const now = clock.now();
    const sealed = this.#secrets.seal(password, Math.floor(now / 1000), random.bytes(16));
    await serviceAccounts[write]({ agentId, username, password: sealed, rotatedAt: isoUtc(now, 'Z') });
  }
}

function currentName(username: string): string {
  return isRetiredName(username) ? DEFAULT_ACCOUNT_NAME : trimmed(username) === '' ? '' : username;
}

/** Each step is kept as a whole or not at all; the log says what was lost. */
async function noteOrTell(
  what: 'rewrite' | 'note',
  { guid }: AdmittedDevice,
  { unitOfWork, log }: RequestContext,
  work: (repositories: Repositories) => Promise<void>,
): Promise<void> {
  try {
    await unitOfWork.write(work);
  } catch (error) {
    if (error instanceof EngineError)
      log.warn(`check-in-not-noted step=${what} guid=${guid} code=${error.code} cause=${String(error.cause)}`);
    else
      log.error(`check-in-not-noted step=${what} guid=${guid} ${error instanceof Error ? error.stack : String(error)}`);
  }
}

/**
 * The device's own row and no other, whatever hostname the body names. Under its own name the row is written whole, as in the
 * legacy, which brings its inventory columns into form.
 */
async function rewrite(
  { guid }: AdmittedDevice,
  { agentId, hostname }: AccountRequest,
  { devices }: Repositories,
  { clock }: RequestContext,
): Promise<void> {
  const row = hostname === '' ? undefined : await devices.findRecordByGuid(guid);
  if (row === undefined || row.hostname !== hostname) return;
  const document = withSummary(deviceSnapshot(row), { agent_id: agentId });
  const values = deviceValues(document, { description: row.description, agentHash: row.agentHash ?? '' });
  await devices.rewrite(row.rowId, values, writeTime(clock.now()));
}

/** Since when the device has its key is not touched, unlike by `details`. */
async function note(
  { guid, fingerprint }: AdmittedDevice,
  { agentId }: AccountRequest,
  { devices, deviceKeys }: Repositories,
  { clock, random }: RequestContext,
): Promise<void> {
  const at = writeTime(clock.now());
  if (!(await devices.noteCheckIn(guid, { agentId, fingerprint }, at))) return;
  await deviceKeys.insertIfMissing({ id: random.uuid(), guid: agentGuid(guid), fingerprint, addedAt: at.iso });
}
