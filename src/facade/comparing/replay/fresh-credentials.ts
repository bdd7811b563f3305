/**
 * Makes short-lived credentials for a replay, of the caller who sent the request: with the keys that both sides share, as
 * they lie there now. They go to the engine's own socket, for a dry run, and are kept nowhere.
 */
import { readEd25519Key } from '../../../legacy-bridge/keys/ed25519-key-file.js';
import { KeyError } from '../../../legacy-bridge/keys/key-error.js';
import type { OperatorSecret } from '../../../legacy-bridge/operators/operator-secret.js';
import { sealOperatorToken } from '../../../legacy-bridge/operators/operator-token.js';
import { accessTokenSigner } from '../../../legacy-bridge/tokens/access-token.js';
import type { CallerIdentity } from './caller-identity.js';

export interface CredentialSources {
  /** PEM file of the key that signs access tokens; undefined when the settings do not say where it is. */
  readonly jwtKeyFile: string | undefined;
  readonly secret: Pick<OperatorSecret, 'secret' | 'problems'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Value of `Authorization`, or why there is none. */
export type FreshCredentials = (
  identity: CallerIdentity,
) => Promise<{ readonly authorization: string } | { readonly problem: string }>;

export function freshCredentials({ jwtKeyFile, secret, now }: CredentialSources): FreshCredentials {
  return async (identity) => {
    const seconds = Math.floor(now() / 1000);
    if (identity.kind === 'operator') {
      const [problem] = secret.problems;
      if (problem !== undefined) return { problem: `No operator token can be made: ${problem}.` };
      return { authorization: `Bearer ${sealOperatorToken(identity, secret.secret, seconds)}` };
    }
    if (jwtKeyFile === undefined)
      return { problem: 'The settings do not say where the key of access tokens is: set shared.projectRoot.' };
    try {
      const { privateKey, kid } = await readEd25519Key(jwtKeyFile);
      return { authorization: `Bearer ${await accessTokenSigner(privateKey, kid).sign(identity, seconds)}` };
    } catch (error) {
      if (error instanceof KeyError) return { problem: `The key of access tokens can not be read: ${error.message}` };
      throw error;
    }
  };
}
