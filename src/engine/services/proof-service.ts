/** Accepts DPoP proofs: verified first, consumed last, so that a bad one burns nothing (agents-http 5). */
import { DpopError, verifyDpopProof } from '../../legacy-bridge/tokens/dpop-proof.js';
import { EngineError } from '../domain/engine-error.js';
import type { ProofToCheck } from '../domain/refresh-request.js';
import type { RequestContext } from './request-context.js';

/** Who brings a proof. Known already: devices make the keys of proofs themselves, and as many as they like. */
export interface ProofBearer {
  readonly guid: string;
  /** The token that the proof goes with; its hash is compared when the proof names one. */
  readonly accessToken?: string;
}

export class ProofService {
  /**
   * @returns the RFC 7638 thumbprint of the proof's key
   * @throws EngineError `dpop_invalid`, `dpop_replayed`, `dpop_unavailable`; `rate_limited` beyond the device's share
   */
  async accept(
    proof: ProofToCheck,
    { guid, accessToken }: ProofBearer,
    { clock, proofs, deviceProofs }: RequestContext,
  ): Promise<string> {
    const { jti, thumbprint } = await verified(proof, clock.now(), accessToken);
    const waitMs = deviceProofs.take(guid);
    if (waitMs > 0) throw new EngineError('rate_limited', { retryAfterSeconds: Math.ceil(waitMs / 1000) });
    switch (proofs.consume(jti, clock.now())) {
      case 'fresh':
        return thumbprint;
      case 'seen':
        throw new EngineError('dpop_replayed');
      case 'full':
        throw new EngineError('dpop_unavailable', { retryAfterSeconds: 5 });
    }
  }
}

async function verified(
  { jws, method, url }: ProofToCheck,
  now: number,
  accessToken: string | undefined,
): Promise<{ readonly jti: string; readonly thumbprint: string }> {
  try {
    return await verifyDpopProof(jws, { method, url, now, accessToken });
  } catch (error) {
    // The legacy's answer has no detail, and a prober should learn nothing from one.
    if (error instanceof DpopError) throw new EngineError('dpop_invalid');
    throw error;
  }
}
