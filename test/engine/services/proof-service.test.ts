/** DPoP proofs at the engine: one device can't use up the memory that all devices share. */
import assert from 'node:assert/strict';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { EngineError } from '../../../src/engine/domain/engine-error.js';
import { ProofMemory, REPLAY_WINDOW_MS } from '../../../src/engine/services/proof-memory.js';
import { ProofService } from '../../../src/engine/services/proof-service.js';
import type { RequestContext } from '../../../src/engine/services/request-context.js';
import { SlidingWindow } from '../../../src/engine/services/sliding-window.js';

const URL = 'https://rmm.example/api/agent/token/refresh';
const NOW = 1_760_000_000_000;

/** Of a new key each time, as a device may have. */
async function proof(jti: string) {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
  const jwk = await exportJWK(publicKey);
  const claims = { htm: 'POST', htu: URL, jti, iat: NOW / 1000 };
  const jws = await new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', jwk }).sign(privateKey);
  return { jws, method: 'POST', url: URL };
}

describe('proofs of devices', () => {
  it('have a share of the memory each, whatever keys they are of', async () => {
    let clock = 0;
    const context = {
      clock: { now: () => NOW },
      proofs: new ProofMemory(3),
      deviceProofs: new SlidingWindow({ most: 2, windowMs: REPLAY_WINDOW_MS, monotonic: () => clock }),
    } as Partial<RequestContext> as RequestContext;
    const service = new ProofService();
    const accept = async (guid: string, jti: string) => service.accept(await proof(jti), { guid }, context);
    const refusal = (code: string, pause?: number) => (error: unknown) =>
      error instanceof EngineError && error.code === code && error.retryAfterSeconds === pause;
    await accept('greedy', 'a');
    await accept('greedy', 'b');
    clock = 1000;
    await assert.rejects(accept('greedy', 'c'), refusal('rate_limited', 299));
    assert.equal((await accept('modest', 'c')).length, 43, 'what was refused is not remembered');
    await assert.rejects(accept('another', 'a'), refusal('dpop_replayed'));
    await assert.rejects(accept('another', 'd'), refusal('dpop_unavailable', 5));
    clock = REPLAY_WINDOW_MS;
    await assert.rejects(accept('greedy', 'd'), refusal('dpop_unavailable', 5), 'its share is free again');
  });
});
