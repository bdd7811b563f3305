/** What agents are told to run: the payload of `quick_job_run` (assemblies-and-runs 6; scheduler 7.4). */
import { type KeyObject, sign } from 'node:crypto';
import { trimmed } from '../../../legacy-bridge/values/python-text.js';
import type { PythonObject } from '../../../legacy-bridge/values/python-value.js';
import type { AssemblyDocument } from '../../domain/assemblies/assembly-document.js';
import { fillVariables, substitute } from '../../domain/assemblies/script-variables.js';
import type { FoundAssembly } from '../assemblies/assembly-files.js';

/** Signs scripts, where that is switched on: the recorded legacy does not. */
export interface ScriptSigner {
  readonly privateKey: KeyObject;
  /** Base64 of the key's SPKI DER, as agents get it when they enrol. */
  readonly signingKey: string;
}

export interface ScriptOrder {
  /** Name for activities: the document's, else the file's. */
  readonly scriptName: string;
  readonly scriptType: string;
  /** All of the payload that is the same on every host. */
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface ScriptRun {
  /** As agents and activities name it. */
  readonly path: string;
  readonly found: Pick<FoundAssembly, 'fileName' | 'document'>;
  readonly overrides: PythonObject;
  readonly runMode: string;
}

export function scriptOrder(
  { path, found, overrides, runMode }: ScriptRun,
  signer: ScriptSigner | undefined,
): ScriptOrder {
  const { document, fileName } = found;
  const { environment, variables, literals } = fillVariables(document.variables, overrides);
  const script = Buffer.from(substitute(document.script, literals));
  const scriptName = trimmed(document.name) || fileName;
  const payload = {
    script_type: document.type,
    script_name: scriptName,
    script_path: path,
    script_content: script.toString('base64'),
    script_encoding: 'base64',
    environment: Object.fromEntries(environment),
    variables,
    timeout_seconds: document.timeoutSeconds,
    files: documentFiles(document),
    run_mode: runMode,
    ...{ admin_user: '', admin_pass: '' },
    ...(signer === undefined ? {} : signatureOf(script, signer)),
  };
  return { scriptName, scriptType: document.type, payload };
}

/** As agents are told them. */
export function documentFiles({ files }: AssemblyDocument): readonly Readonly<Record<string, unknown>>[] {
  return files.map(({ fileName, size, mimeType, data }) => ({
    file_name: fileName,
    size,
    mime_type: mimeType,
    data,
  }));
}

export function documentVariables({ variables }: AssemblyDocument): readonly PythonObject[] {
  return fillVariables(variables, new Map()).variables;
}

/** Under the names by which agents verify what `/api/agent/script/request` gives them. */
function signatureOf(script: Buffer, { privateKey, signingKey }: ScriptSigner): Readonly<Record<string, string>> {
  return { signature: sign(null, script, privateKey).toString('base64'), sig_alg: 'ed25519', signing_key: signingKey };
}
