/** What a device reports of itself, checked for form. */
import type { PythonObject } from '../../legacy-bridge/values/python-value.js';

export interface DetailsReport {
  /** Not blank; not trimmed, since rows compare exactly. */
  readonly hostname: string;
  /** `details` as sent. */
  readonly document: PythonObject;
  /** Its `summary`; empty when it has none. */
  readonly summary: PythonObject;
  /** Empty when not given. */
  readonly agentId: string;
  /** Trimmed; empty when not given. */
  readonly agentHash: string;
}
