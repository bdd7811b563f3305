/** Builds the DPoP proof of a request, where it has one (agents-http 5). */
import type { ProofToCheck } from '../domain/refresh-request.js';

export interface ProofSurroundings {
  readonly method: string;
  /** Full URL as the client sees it. */
  readonly url: string;
}

/** @param header `DPoP`; absent and empty mean that there is none */
export function buildProofToCheck(
  header: string | string[] | undefined,
  { method, url }: ProofSurroundings,
): ProofToCheck | undefined {
  // Repeated headers arrive joined; no joined text is a proof.
  const jws = Array.isArray(header) ? header.join(',') : (header ?? '');
  return jws === '' ? undefined : { jws, method, url };
}
