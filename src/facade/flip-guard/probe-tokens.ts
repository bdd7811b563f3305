/**
 * Whether the legacy accepts what the engine signs. An engine with another key would hand agents tokens that the
 * legacy answers with 401, and one 401 costs an agent its place (contract/agent-protocol.md 6.1).
 */
import { askSide, reasonOf, type SideQuestion } from '../forwarding/ask-side.js';
import type { SideTarget } from '../forwarding/side-target.js';

/** Sides that tokens must be valid on both of. */
export interface TokenSides {
  readonly engine: SideTarget;
  readonly legacy: SideTarget;
}

/** Asks for nothing but who is calling, and writes nothing (contract/agents-http.md 7.1). */
const JUDGING_ROUTE = '/api/agent/script/request';

/**
 * The engine signs a token of version 0, which neither side lets in: after the signature comes the check of the claims,
 * before any row is read (contract/agents-http.md 6). So `invalid_claims` says that the signature was good.
 *
 * @returns what is wrong, as a sentence for an operator; undefined when tokens of the engine are good on the legacy
 */
export async function probeTokens({ engine, legacy }: TokenSides): Promise<string | undefined> {
  const asked = await askForJson(engine, { method: 'GET', path: '/engine/internal/status' }).catch(reasonOf);
  if (typeof asked === 'string') return `the engine does not answer (${asked})`;
  const unfit = unfitness(asked.body);
  if (unfit !== undefined) return unfit;
  const probe = await askForJson(engine, { method: 'GET', path: '/engine/internal/probe-token' }).catch(reasonOf);
  if (typeof probe === 'string') return `the engine does not answer (${probe})`;
  const { token } = probe.body as { token?: unknown };
  if (typeof token !== 'string') return `the engine signs no token (status ${probe.status})`;
  const question = { method: 'POST', path: JUDGING_ROUTE, authorization: `Bearer ${token}` } as const;
  const judged = await askForJson(legacy, question).catch(reasonOf);
  if (typeof judged === 'string') return `the legacy can't be asked whether it accepts the engine's tokens (${judged})`;
  const { error } = judged.body as { error?: unknown };
  if (judged.status === 401 && error === 'invalid_claims') return undefined;
  if (judged.status === 401)
    return `the legacy refuses tokens that the engine signs (${String(error)}): the two do not share one key file, see BOREALIS_PROJECT_ROOT and BOREALIS_SERVER_ROOT`;
  return `the legacy answered ${judged.status} when asked whether it accepts the engine's tokens`;
}

function unfitness(body: unknown): string | undefined {
  const { ready, keys, database } = body as {
    ready?: boolean;
    keys?: { problem?: string };
    database?: { problem?: string; file?: string; without_agents?: boolean };
  };
  if (ready !== true)
    return `the engine is not fit (${[keys?.problem, database?.problem].filter(Boolean).join(', ') || 'it does not say why'})`;
  if (database?.without_agents === true)
    return `the engine's database ${database.file} knows no refresh token of any agent: is it the legacy's?`;
  return undefined;
}

/** `body` is the object of a JSON answer, `{}` for any other. */
async function askForJson(
  side: SideTarget,
  question: SideQuestion,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const { status, text } = await askSide(side, question);
  return { status, body: text.startsWith('{') ? JSON.parse(text) : {} };
}
