/**
 * What the legacy lets anyone do who reaches its port (contract/operators.md 1.3, scheduler.md, assemblies-and-runs.md 1,
 * agents-http.md 8). Data only: whether something is done about it is for the migration table to say.
 */
import { LEGACY_ROUTES, type LegacyRoute } from './legacy-routes.js';

/** Whether a request shows data, or changes them or has something done. */
export type OpenEffect = 'reads' | 'changes';

export interface OpenRoute {
  readonly route: LegacyRoute;
  readonly method: string;
  readonly effect: OpenEffect;
  /** Agents, or the programs that update them, call it without a token: nothing can be demanded of them. */
  readonly byAgents: boolean;
}

/** These ask for a proof by themselves: a token, a session, a code, a password. What agents are told there must be the side's own word. */
const GUARDED: ReadonlySet<string> = new Set([
  ...['enroll-request', 'enroll-poll', 'token-refresh'],
  ...['agent-script-request', 'agent-heartbeat', 'agent-details', 'agent-checkin', 'agent-service-account-rotate'],
  ...['enrollment-codes', 'enrollment-code', 'device-approvals', 'device-approval-approve', 'device-approval-deny'],
  ...['auth-login', 'auth-mfa-verify', 'auth-logout', 'auth-me'],
  ...['users', 'user', 'user-reset-password', 'user-role', 'user-mfa', 'credentials', 'credential', 'github-token'],
  ...['agent-devices', 'ssh-devices', 'ssh-device', 'winrm-devices', 'winrm-device'],
]);

/** Nobody's data: health and time, and the application that people sign in with. */
const HARMLESS: ReadonlySet<string> = new Set(['health', 'server-time', 'spa-index', 'spa']);

/**
 * Agents ask for hashes without a token (contract/agents-http.md 8); what reports recaps are role modules, of which nobody
 * here knows whether they send one (contract/agent-protocol.md).
 */
const BY_AGENTS: ReadonlySet<string> = new Set(['agent-hash', 'repo-current-hash', 'ansible-recap-report']);

/** Retired file routes check and answer, and recognition of text keeps nothing. */
const POSTS_THAT_READ =
  /^(?:ocr|(?:scripts|ansible)-(?:save|(?:rename|move|delete)-file|(?:create|delete|rename)-folder))$/;

/** Each method that anyone may use, of each route. */
export const OPEN_ROUTES: readonly OpenRoute[] = LEGACY_ROUTES.filter(
  ({ id }) => !GUARDED.has(id) && !HARMLESS.has(id),
).flatMap((route) =>
  route.methods
    .filter((method) => method !== 'OPTIONS')
    .map((method) => ({
      route,
      method,
      effect: isRead(route, method) ? 'reads' : 'changes',
      byAgents: BY_AGENTS.has(route.id),
    })),
);

function isRead({ id }: LegacyRoute, method: string): boolean {
  return method === 'GET' || POSTS_THAT_READ.test(id);
}
