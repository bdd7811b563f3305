/** What a device reports of itself, checked for form. */
import type { PythonObject } from '../../legacy-bridge/values/python-value.js';

export interface DetailsReport {
  /** Not blank; not trimmed, since rows compare exactly. */
  readonly hostname: string;
  /** `details` as sent. */
  readonly document: PythonObject;
  /**
   * To be asked once the hostname is known to be no other device's: the legacy looks at nothing else before.
   * @throws EngineError `invalid_request` for values of other types
   */
  facts(): DetailsFacts;
}

export interface DetailsFacts {
  /** `details.summary`; empty when there is none. */
  readonly summary: PythonObject;
  /** Empty when not given. */
  readonly agentId: string;
  /** Trimmed; empty when not given. */
  readonly agentHash: string;
}
