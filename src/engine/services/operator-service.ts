/**
 * Who an operator's request is from. What was signed only names the account: that it still exists, and which role it has, is
 * read on each use, so that a deleted user is signed out and a changed role counts at once.
 */
import {
  identifyOperator,
  type OperatorHeaders,
  type OperatorTerms,
} from '../../legacy-bridge/operators/identify-operator.js';
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import { EngineError } from '../domain/engine-error.js';
import { DEFAULT_ROLE, isAdmin, type Operator } from '../domain/operator.js';
import type { AccountRow } from '../repositories/user-repository.js';
import type { RequestContext } from './request-context.js';

export class OperatorService {
  readonly #terms: OperatorTerms;

  constructor(terms: OperatorTerms) {
    this.#terms = terms;
  }

  /** @throws EngineError `unauthorized` when nobody calls, or an account that is gone; `database_…` when that can't be known */
  async identify(headers: OperatorHeaders, { unitOfWork, clock }: RequestContext): Promise<Operator> {
    const signed = identifyOperator(headers, this.#terms, Math.floor(clock.now() / 1000));
    const name = trimmed(signed?.username ?? '');
    const account = name === '' ? undefined : await unitOfWork.read(({ users }) => users.findAccountByName(name));
    if (account === undefined) throw new EngineError('unauthorized');
    return operatorOf(account);
  }

  /** @throws EngineError as `identify`; `forbidden` for anyone but an admin */
  async identifyAdmin(headers: OperatorHeaders, context: RequestContext): Promise<Operator> {
    const operator = await this.identify(headers, context);
    if (!isAdmin(operator)) throw new EngineError('forbidden');
    return operator;
  }
}

export function operatorOf({ id, username, displayName, role }: AccountRow): Operator {
  return { id, username, displayName: displayName || username, role: role || DEFAULT_ROLE };
}
