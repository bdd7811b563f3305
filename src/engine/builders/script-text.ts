/** Finds a document's script, which may or may not be base64 (assemblies-and-runs 3.3). */
import { textOf, trimmed, withoutSpace } from '../../legacy-bridge/values/python-text.js';
import { isTruthy, type PythonObject, type PythonValue } from '../../legacy-bridge/values/python-value.js';

export interface ScriptText {
  readonly script: string;
  readonly encoding: 'base64' | 'plain';
}

const BASE64_WORDS: ReadonlySet<string> = new Set(['base64', 'b64', 'base-64']);

/** What can be read as base64 is, whatever the document says of its encoding: a script such as `exit` is lost so (F7). */
export function scriptTextOf(document: PythonObject): ScriptText {
  const source = sourceOf(document);
  const script = withLineFeeds(decodedText(source) ?? source);
  if (BASE64_WORDS.has(encodingOf(document))) return { script, encoding: 'base64' };
  const probe = [document.get('script'), document.get('content')].find(
    (value) => typeof value === 'string' && value !== '',
  );
  const probed = typeof probe === 'string' ? decodedText(probe) : undefined;
  return probed === undefined ? { script, encoding: 'plain' } : { script: withLineFeeds(probed), encoding: 'base64' };
}

export function withLineFeeds(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

function sourceOf(document: PythonObject): string {
  const lines = document.get('script_lines');
  if (Array.isArray(lines)) return (lines as readonly PythonValue[]).map(textOf).join('\n');
  const text = [document.get('script'), document.get('content')].find((value) => typeof value === 'string');
  return typeof text === 'string' ? text : '';
}

function encodingOf(document: PythonObject): string {
  const value = [document.get('script_encoding'), document.get('scriptEncoding')].find(isTruthy);
  return value === undefined ? '' : trimmed(textOf(value)).toLowerCase();
}

/** White space apart, standard base64, padded. @returns undefined for any other text */
function decodedText(text: string): string | undefined {
  const packed = withoutSpace(text);
  if (packed.length % 4 !== 0 || !/^(?:[A-Za-z0-9+/]+={0,2})?$/.test(packed)) return undefined;
  return Buffer.from(packed, 'base64').toString('utf8');
}
