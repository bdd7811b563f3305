/** Scripts and playbooks as they are after normalisation, whatever their file held (assemblies-and-runs 3.2). */
import type { PythonValue } from '../../../legacy-bridge/values/python-value.js';

export const SCRIPT_TYPES = ['powershell', 'batch', 'bash', 'ansible'] as const;

export type ScriptType = (typeof SCRIPT_TYPES)[number];

export interface AssemblyDocument {
  readonly name: string;
  readonly description: string;
  readonly category: 'script' | 'application';
  readonly type: ScriptType;
  /** The text itself, lines ended by line feeds. */
  readonly script: string;
  /** How the file had it; undefined for files that are no JSON. */
  readonly scriptEncoding: 'base64' | 'plain' | undefined;
  readonly timeoutSeconds: bigint;
  readonly sites: { readonly mode: 'all' | 'specific'; readonly values: readonly string[] };
  readonly variables: readonly AssemblyVariable[];
  readonly files: readonly AssemblyFile[];
  readonly version: bigint;
}

export interface AssemblyVariable {
  readonly name: string;
  readonly label: string;
  readonly type: 'string' | 'number' | 'boolean' | 'credential';
  readonly defaultValue: PythonValue;
  readonly required: boolean;
  readonly description: string;
}

export interface AssemblyFile {
  readonly fileName: string;
  readonly size: bigint;
  readonly mimeType: string;
  /** Base64; any text. */
  readonly data: string;
}
