/** A script that operators run now on some hosts (assemblies-and-runs 6). */
import type { PythonObject } from '../../legacy-bridge/values/python-value.js';

export interface QuickRun {
  /** As sent, trimmed: below the assemblies' folder, beginning with `Scripts`. */
  readonly scriptPath: string;
  /** As sent, never looked up. */
  readonly hostnames: readonly string[];
  /** In lower case, trimmed; any word. */
  readonly runMode: string;
  /** Values of variables by name. */
  readonly overrides: PythonObject;
}
