/**
 * Whether both sides accept operators' tokens and session cookies sealed with the secret that they are meant to share. Sides
 * seal them only for those who sign in, so the bridge seals here, and each side says whom it takes the caller for.
 */
import { randomBytes } from 'node:crypto';
import { sealOperatorToken } from '../../legacy-bridge/operators/operator-token.js';
import { SESSION_COOKIE, sealSession } from '../../legacy-bridge/operators/session-cookie.js';
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import { reasonOf, type SideQuestion } from '../forwarding/ask-side.js';
import type { SideTarget } from '../forwarding/side-target.js';
import { askForJson } from './ask-for-json.js';
import { fine, type TokenFinding, unknown, wrong } from './token-finding.js';
import type { TokenMaterial } from './token-material.js';

/** Shows the caller to himself, and writes nothing (contract/operators.md 3). */
const ME = '/api/auth/me';
const ROLE = 'User';

/** The legacy believes any name that is signed: one that nobody has tells the secret, and opens nothing that is not open. */
export async function operatorTokensAtLegacy(
  legacy: SideTarget,
  { secret }: Pick<TokenMaterial, 'secret'>,
  nowSeconds: number,
): Promise<readonly TokenFinding[]> {
  const name = `facade-probe-${randomBytes(8).toString('hex')}`;
  return tried(legacy, name, secret.secret, nowSeconds);
}

/**
 * The engine looks at the account on each use, so only the name of one that exists tells a good secret from a bad one. The
 * question goes over the engine's own connection, and shows what the database shows.
 */
export async function operatorTokensAtEngine(
  engine: SideTarget,
  { secret, accounts }: Pick<TokenMaterial, 'secret' | 'accounts'>,
  nowSeconds: number,
): Promise<readonly TokenFinding[]> {
  const hint = 'Set shared.projectRoot, and let the user of the facade read the database.';
  if (accounts === undefined) return [unknown("the engine can't be asked without the database of accounts", hint)];
  const account = await accounts.anyAccount().catch(reasonOf);
  if (typeof account === 'string') return [unknown(`the engine can't be asked: ${account}`, hint)];
  const name = trimmed(account?.username ?? '');
  if (name === '') return [unknown("the engine can't be asked: there is no account", 'Ask again when there is one.')];
  return tried(engine, name, secret.secret, nowSeconds);
}

async function tried(
  side: SideTarget,
  name: string,
  secret: string,
  nowSeconds: number,
): Promise<readonly TokenFinding[]> {
  const session = new Map(Object.entries({ role: ROLE, username: name }));
  const token = sealOperatorToken({ username: name, role: ROLE }, secret, nowSeconds);
  return Promise.all([
    judged(side, name, 'operator tokens', { authorization: `Bearer ${token}` }),
    judged(side, name, 'session cookies', { cookie: `${SESSION_COOKIE}=${sealSession(session, secret, nowSeconds)}` }),
  ]);
}

async function judged(
  side: SideTarget,
  name: string,
  what: string,
  proof: Pick<SideQuestion, 'authorization' | 'cookie'>,
): Promise<TokenFinding> {
  const answer = await askForJson(side, { method: 'GET', path: ME, ...proof });
  const who = `the ${side.side}`;
  const sealed = `${what} sealed with the facade's BOREALIS_SECRET`;
  if (typeof answer === 'string') return unknown(`${who} can't be asked about ${what} (${answer})`, 'Is it running?');
  const { status, body } = answer;
  if (status === 200 && body.username === name) return fine(`${who} accepts ${sealed}`);
  if (status === 404 || status === 501)
    return unknown(`${who} does not serve ${ME}, which would judge ${what}`, 'Another version of it may.');
  if (status === 401)
    return wrong(
      `${who} refuses ${sealed}`,
      'Give legacy, facade and engine one secret; whoever signed in with another has to sign in anew.',
    );
  return unknown(`${who} answered ${status} when asked about ${what}`, 'Look into its own log.');
}
