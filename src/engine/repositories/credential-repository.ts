/** Rows of `credentials`, for those who use them. */
import type { Credential } from '../domain/credential.js';

export interface CredentialRepository {
  find(id: bigint): Promise<Credential | undefined>;
}
