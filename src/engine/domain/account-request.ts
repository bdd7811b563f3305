/** What a device asks for when it wants its service account, checked for form. */
export interface AccountRequest {
  /** Trimmed, not empty. */
  readonly agentId: string;
  /** Trimmed; empty when not given. Retired names are replaced. */
  readonly username: string;
  /** Trimmed; empty when not given, or `unknown`. */
  readonly hostname: string;
}

/** The local account that the server keeps for an agent. */
export interface ServiceAccount {
  readonly username: string;
  readonly password: string;
}

/** Name of the account unless a device asks for another. */
export const DEFAULT_ACCOUNT_NAME = '.\\svcBorealis';
const RETIRED_NAMES: ReadonlySet<string> = new Set(['.\\svcBorealisAnsibleRunner', 'svcBorealisAnsibleRunner']);

/** Names of an older generation; whoever has one gets the default name (agents-http 7.4). */
export function isRetiredName(username: string): boolean {
  return RETIRED_NAMES.has(username);
}
