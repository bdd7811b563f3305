/** A person who signs in, mistypes, looks at codes and approvals, decides, and leaves. */
import { codeOf, sealedPending, wrongCodeOf } from '../operator-world.js';
import { Deck, type SeededRandom } from '../seeded-random.js';
import { CODE_SECRET, type FleetAccount } from './fleet-rows.js';
import { cookiesOf, type Method, type Sent, type Wire } from './wire.js';

const ERRANDS = {
  ...{ me: 3, codes: 3, newCode: 4, dropCode: 2, dropUnknown: 1, wrongCode: 2 },
  ...{ approvals: 4, decide: 8, approveLate: 2, denyLate: 2, decideUnknown: 2, leave: 3, page: 2 },
} as const;
type Errand = keyof typeof ERRANDS;
/** Of a plain user, who is refused most of them. */
const ERRANDS_OF_USERS: Readonly<Partial<Record<Errand, number>>> = {
  ...{ me: 1, codes: 1, newCode: 1, dropUnknown: 1, approvals: 1, decideUnknown: 2, leave: 1, page: 1 },
};
const SIGN_INS = {
  right: 7,
  who: 2,
  wrongPassword: 1,
  unknown: 1,
  noPassword: 1,
  nothingPending: 1,
  nobodyPending: 1,
} as const;
const CODES = { right: 2, wrong: 1, short: 1, otherPending: 1 } as const;
const CONFLICT_ANSWERS = ['overwrite', 'coexist'] as const;

/** Shared by all operators, so that together they run every errand. */
export interface OperatorDecks {
  readonly errands: Readonly<Record<FleetAccount['role'], Deck<Errand>>>;
  readonly signIns: Deck<keyof typeof SIGN_INS>;
  readonly codes: Deck<keyof typeof CODES>;
}

export function operatorDecks(random: SeededRandom): OperatorDecks {
  return {
    errands: { Admin: Deck.of<Errand>(random, ERRANDS), User: Deck.of<Errand>(random, ERRANDS_OF_USERS) },
    signIns: Deck.of(random, SIGN_INS),
    codes: Deck.of(random, CODES),
  };
}

export interface OperatorOptions {
  readonly wire: Wire;
  readonly random: SeededRandom;
  readonly decks: OperatorDecks;
  readonly account: FleetAccount;
  /** Install codes that newcomers take from; each stands there once for each use. */
  readonly codes: string[];
}

export class FleetOperator {
  readonly #options: OperatorOptions;
  #cookies = new Map<string, string>();
  #token = '';
  #pending = '';
  #secret: string;

  constructor(options: OperatorOptions) {
    this.#options = options;
    this.#secret = options.account.secondFactor === 'set up' ? CODE_SECRET : '';
  }

  /** One request; a decision is two. */
  async act(): Promise<unknown> {
    if (this.#token === '') return this.#signIn();
    const { decks, random, account } = this.#options;
    const approvals = '/api/admin/device-approvals';
    switch (decks.errands[account.role].draw()) {
      case 'me':
        return this.#call('GET', '/api/auth/me');
      case 'codes':
        return this.#call('GET', `/api/admin/enrollment-codes${random.pick(['', '?status=active', '?status=used'])}`);
      case 'newCode':
        return this.#newCode();
      case 'dropCode':
        return this.#dropCode();
      case 'dropUnknown':
        return this.#call('DELETE', `/api/admin/enrollment-codes/${random.pick(['no-such', 'x%20y'])}`);
      case 'wrongCode':
        return this.#call('POST', '/api/admin/enrollment-codes', { ttl_hours: random.pick([5, 0, 100]) });
      case 'approvals':
        return this.#call(
          'GET',
          `${approvals}${random.pick(['', '?status=approved', '?status=denied', '?status=all'])}`,
        );
      case 'decide':
        return this.#decide('pending', random.chance(0.8) ? 'approve' : 'deny');
      case 'approveLate':
        return this.#decide('completed', 'approve');
      case 'denyLate':
        return this.#decide('completed', 'deny');
      case 'decideUnknown':
        return this.#call('POST', `${approvals}/no-such/${random.pick(['approve', 'deny'])}`);
      case 'leave':
        return this.#leave();
      case 'page':
        return this.#call('GET', random.pick(['/', '/devices', '/assets/app.js', '/api/sites']));
    }
  }

  #signIn(): Promise<Sent> {
    const { decks, account } = this.#options;
    if (this.#pending !== '') return this.#prove();
    const { username, password } = account;
    const [login, verify] = ['/api/auth/login', '/api/auth/mfa/verify'] as const;
    switch (decks.signIns.draw()) {
      case 'right':
        return this.#rightSignIn();
      case 'who':
        return this.#call('GET', '/api/auth/me');
      case 'wrongPassword':
        return this.#call('POST', login, { username, password: 'no' });
      case 'unknown':
        return this.#call('POST', login, { username: 'nobody', password });
      case 'noPassword':
        return this.#call('POST', login, { username });
      case 'nothingPending':
        return this.#call('POST', verify, { pending_token: 'x', code: '123456' });
      case 'nobodyPending':
        return this.#options.wire.send('POST', verify, {
          body: { pending_token: 't', code: '123456' },
          headers: sealedPending({ username: 'nobody' }),
        });
    }
  }

  async #rightSignIn(): Promise<Sent> {
    const { username, password } = this.#options.account;
    const answer = await this.#call('POST', '/api/auth/login', { username, password });
    this.#pending = textOf(answer.body.pending_token);
    this.#token = textOf(answer.body.token);
    if (answer.body.stage === 'setup') this.#secret = textOf(answer.body.secret);
    return answer;
  }

  async #prove(): Promise<Sent> {
    const way = this.#options.decks.codes.draw();
    const code = { right: codeOf(this.#secret), wrong: wrongCodeOf(this.#secret), short: '12', otherPending: '123456' };
    const pending_token = way === 'otherPending' ? 'f'.repeat(32) : this.#pending;
    const answer = await this.#call('POST', '/api/auth/mfa/verify', { pending_token, code: code[way] });
    this.#token = textOf(answer.body.token);
    if (this.#token !== '') this.#pending = '';
    return answer;
  }

  async #newCode(): Promise<Sent> {
    const { random, codes } = this.#options;
    const max_uses = 1 + random.below(4);
    const ttl_hours = random.pick([1, 3, 6, 12, 24]);
    const answer = await this.#call('POST', '/api/admin/enrollment-codes', { ttl_hours, max_uses });
    const code = textOf(answer.body.code);
    if (code !== '') codes.push(...Array.from({ length: max_uses }, () => code));
    return answer;
  }

  /** The newest, which hardly anybody used yet; what is used stays. */
  async #dropCode(): Promise<Sent> {
    const { body } = await this.#call('GET', '/api/admin/enrollment-codes');
    const listed = (body.codes ?? []) as readonly { readonly id: string; readonly code: string; use_count: number }[];
    const newest = listed.filter(({ id }) => id !== 'old');
    // One that was used can't be dropped.
    const unused = this.#options.random.chance(0.5) ? newest.find(({ use_count }) => use_count === 0) : undefined;
    const dropped = unused ?? newest[0];
    const answer = await this.#call('DELETE', `/api/admin/enrollment-codes/${dropped?.id ?? 'none'}`);
    if (answer.status === 200)
      this.#options.codes.splice(0, Infinity, ...this.#options.codes.filter((code) => code !== dropped?.code));
    return answer;
  }

  async #decide(status: 'pending' | 'completed', word: 'approve' | 'deny'): Promise<Sent> {
    const { random } = this.#options;
    const { body } = await this.#call('GET', `/api/admin/device-approvals?status=${status}`);
    const listed = (body.approvals ?? []) as readonly { readonly id: string; readonly hostname_conflict?: unknown }[];
    const chosen = listed.length === 0 ? undefined : random.pick(listed);
    const answers = chosen?.hostname_conflict ? random.chance(0.6) : random.chance(0.1);
    const decision = answers ? { conflict_resolution: random.pick(CONFLICT_ANSWERS) } : random.pick([{}, undefined]);
    return this.#call('POST', `/api/admin/device-approvals/${chosen?.id ?? 'none'}/${word}`, decision);
  }

  async #leave(): Promise<Sent> {
    const answer = await this.#call('POST', '/api/auth/logout');
    this.#cookies = new Map();
    this.#token = '';
    return answer;
  }

  /** With the cookies of a browser, or with the token of a script. */
  async #call(method: Method, target: string, body?: unknown): Promise<Sent> {
    const { random, wire } = this.#options;
    const asScript = this.#token !== '' && random.chance(0.3);
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const browser: Record<string, string> = cookie === '' ? {} : { cookie };
    const headers = asScript ? { authorization: `Bearer ${this.#token}` } : browser;
    const answer = await wire.send(method, target, { body, headers });
    if (!asScript) for (const [name, value] of cookiesOf(answer)) this.#cookies.set(name, value);
    return answer;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
