/** Files of assemblies as the legacy writes them, from what the recordings say they were made of. */
import { normalizeAssembly } from '../../src/engine/builders/assembly-document.js';
import { type AssemblyDocument, SCRIPT_TYPES } from '../../src/engine/domain/assemblies/assembly-document.js';
import { encodeJson } from '../../src/legacy-bridge/values/encode-json.js';
import { parseJson } from '../../src/legacy-bridge/values/parse-json.js';
import { isPythonObject, type PythonValue } from '../../src/legacy-bridge/values/python-value.js';

/** As the legacy answers it, in the order in which it writes it. */
export function shownAssembly(document: AssemblyDocument): Readonly<Record<string, unknown>> {
  const plain = (value: Parameters<typeof encodeJson>[0]): unknown => JSON.parse(encodeJson(value));
  return {
    version: Number(document.version),
    name: document.name,
    description: document.description,
    category: document.category,
    type: document.type,
    script: document.script,
    timeout_seconds: Number(document.timeoutSeconds),
    sites: document.sites,
    variables: document.variables.map(({ defaultValue, ...rest }) => ({ ...rest, default: plain(defaultValue) })),
    files: document.files.map(({ fileName, size, mimeType, data }) => ({
      file_name: fileName,
      size: Number(size),
      mime_type: mimeType,
      data,
    })),
    ...(document.scriptEncoding === undefined ? {} : { script_encoding: document.scriptEncoding }),
  };
}

/** The bytes that `create` writes. @param hint the request's `type` */
export function storedAssembly(content: unknown, stem: string, hint: string): Buffer {
  const value = typeof content === 'string' ? (parseJson(Buffer.from(content)) ?? null) : pythonOf(content);
  const word = hint.trim().toLowerCase();
  const defaultType = SCRIPT_TYPES.find((type) => type === word) ?? 'powershell';
  const document = normalizeAssembly(value, { stem, defaultType });
  const script = Buffer.from(document.script).toString('base64');
  const stored = { ...shownAssembly(document), script, script_encoding: 'base64' };
  return Buffer.from(JSON.stringify(stored, null, 2));
}

/** The recordings write JSON texts as `{"<json>": value}`. */
function pythonOf(content: unknown): PythonValue {
  const value = parseJson(Buffer.from(JSON.stringify(content ?? null))) ?? null;
  return isPythonObject(value) && value.has('<json>') ? (value.get('<json>') ?? null) : value;
}
