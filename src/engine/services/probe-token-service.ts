/** Signs tokens that prove the signing key and open nothing: the facade shows them to the legacy before an auth row moves. */
import type { RequestContext } from './request-context.js';
import type { SignerSource } from './token-refresh-service.js';

/** Both sides refuse versions below 1, after the signature and before any row is looked at (agents-http 6). */
const REFUSED_VERSION = 0;
/** Neither is a device's. */
const NOBODY = { guid: '00000000-0000-4000-8000-000000000000', fingerprint: '0'.repeat(64) };

export class ProbeTokenService {
  readonly #signer: SignerSource;

  constructor(signer: SignerSource) {
    this.#signer = signer;
  }

  /** @throws EngineError `keys_unavailable` */
  async sign({ clock }: RequestContext): Promise<string> {
    const signer = await this.#signer();
    return signer.sign({ ...NOBODY, tokenVersion: REFUSED_VERSION }, Math.floor(clock.now() / 1000));
  }
}
