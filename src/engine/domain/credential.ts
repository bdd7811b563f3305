/** A credential of the store as runs of playbooks use it (assemblies-and-runs 8). Secrets are as stored: sealed. */

/** A Fernet token, in older rows base64 or plain bytes; null for none. */
export type SealedSecret = Buffer | string | null;

export interface Credential {
  readonly id: bigint;
  /** In lower case; `ssh` where none is stored. */
  readonly connection: string;
  readonly username: string;
  readonly password: SealedSecret;
  readonly privateKey: SealedSecret;
  readonly becomeMethod: string;
  readonly becomeUsername: string;
  readonly becomePassword: SealedSecret;
}

/** Of these the server runs the playbook itself. The older names mean the same, though the legacy then fails them (F13). */
const ON_SERVER: ReadonlySet<string> = new Set(['ssh', 'linux', 'unix']);
/** Of these an agent does, and is told the credential. */
const BY_AGENT: ReadonlySet<string> = new Set(['winrm', 'psrp']);

/** @returns undefined for a connection that runs no playbook */
export function executionOf({ connection }: Credential): 'agent' | 'server' | undefined {
  if (ON_SERVER.has(connection)) return 'server';
  return BY_AGENT.has(connection) ? 'agent' : undefined;
}
