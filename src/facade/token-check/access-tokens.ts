/**
 * Whether both sides accept the access tokens of either, and those signed with the key file that they are meant to share. An
 * engine with another key would hand agents tokens that the legacy answers with 401, and one 401 costs an agent its place
 * (contract/agent-protocol.md 6.1).
 */
import { readEd25519Key } from '../../legacy-bridge/keys/ed25519-key-file.js';
import { accessTokenSigner } from '../../legacy-bridge/tokens/access-token.js';
import { reasonOf } from '../forwarding/ask-side.js';
import type { SideTarget } from '../forwarding/side-target.js';
import { askForJson } from './ask-for-json.js';
import { fine, type TokenFinding, unknown, wrong } from './token-finding.js';
import type { TokenMaterial } from './token-material.js';

/** Asks for nothing but who is calling, and writes nothing (contract/agents-http.md 7.1). */
const JUDGING_ROUTE = '/api/agent/script/request';
/**
 * Neither side lets version 0 in: after the signature comes the check of the claims, before any limit is counted or row read
 * (contract/agents-http.md 6). So `invalid_claims` says that the signature was good, and the token opens nothing anywhere.
 */
const REFUSED_VERSION = 0;
const NOBODY = { guid: '00000000-0000-4000-8000-000000000000', fingerprint: '0'.repeat(64) };

const ONE_KEY_FILE =
  'Both sides must read one key file: see BOREALIS_PROJECT_ROOT and BOREALIS_SERVER_ROOT of the legacy, and the settings "shared" of the facade.';

/** The engine signs, the legacy judges. */
export async function engineTokenAtLegacy({
  engine,
  legacy,
}: {
  readonly engine: SideTarget;
  readonly legacy: SideTarget;
}): Promise<TokenFinding> {
  const probe = await askForJson(engine, { method: 'GET', path: '/engine/internal/probe-token' });
  if (typeof probe === 'string') return wrong(`the engine does not answer (${probe})`, 'Look into its own log.');
  const { token } = probe.body;
  if (typeof token !== 'string')
    return wrong(`the engine signs no token (status ${probe.status})`, 'Look into its own log.');
  return judged(legacy, token, 'tokens that the engine signs');
}

/** The bridge signs with the key file of the settings, a side judges. */
export async function sharedKeyTokenAt(
  side: SideTarget,
  { places }: Pick<TokenMaterial, 'places'>,
  nowSeconds: number,
): Promise<TokenFinding> {
  if (places === undefined)
    return unknown('the shared key file is not known', 'Set shared.projectRoot to have tokens tried that it signs.');
  const file = places.layout.jwtKeyFile;
  const key = await readEd25519Key(file).catch(reasonOf);
  if (typeof key === 'string')
    return unknown(`the facade can't sign with the shared key file (${key})`, 'Let its user read the file.');
  const signer = accessTokenSigner(key.privateKey, key.kid);
  const token = await signer.sign({ ...NOBODY, tokenVersion: REFUSED_VERSION }, nowSeconds);
  return judged(side, token, `tokens that ${file} signs`);
}

async function judged(side: SideTarget, token: string, tokens: string): Promise<TokenFinding> {
  const question = { method: 'POST', path: JUDGING_ROUTE, authorization: `Bearer ${token}` } as const;
  const answer = await askForJson(side, question);
  const name = `the ${side.side}`;
  if (typeof answer === 'string')
    return wrong(`${name} can't be asked whether it accepts ${tokens} (${answer})`, 'Is it running?');
  const { status, body } = answer;
  if (status === 401 && body.error === 'invalid_claims') return fine(`${name} accepts ${tokens}`);
  if (status === 401 || (status === 503 && body.error === 'keys_unavailable'))
    return wrong(`${name} refuses ${tokens} (${String(body.error)}): the two do not share one key file`, ONE_KEY_FILE);
  if (status === 404 || status === 501)
    return unknown(
      `${name} does not serve ${JUDGING_ROUTE}, which would judge ${tokens}`,
      'Another version of it may.',
    );
  return wrong(`${name} answered ${status} when asked whether it accepts ${tokens}`, 'Look into its own log.');
}
