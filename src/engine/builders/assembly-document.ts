/** Normalises scripts and playbooks, and reads them from files (assemblies-and-runs 3.2 to 3.4). What is odd becomes its default. */
import { parseJson } from '../../legacy-bridge/values/parse-json.js';
import { integerOf } from '../../legacy-bridge/values/python-int.js';
import { textOf, trimmed } from '../../legacy-bridge/values/python-text.js';
import {
  isPythonObject,
  isTruthy,
  PythonFloat,
  type PythonObject,
  type PythonValue,
} from '../../legacy-bridge/values/python-value.js';
import {
  type AssemblyDocument,
  type AssemblyFile,
  type AssemblyVariable,
  SCRIPT_TYPES,
  type ScriptType,
} from '../domain/assemblies/assembly-document.js';
import { scriptTextOf, withLineFeeds } from './script-text.js';

export interface DocumentSurroundings {
  /** The file's name without folders and extension. */
  readonly stem: string;
  /** What a document is that does not say. */
  readonly defaultType: ScriptType;
}

const EMPTY: PythonObject = new Map();
const DEFAULT_TIMEOUT_SECONDS = 3600n;
const VARIABLE_TYPES = ['string', 'number', 'boolean', 'credential'] as const;

/** @param fileName with its extension: `.json` holds a document, anything else is the script itself */
export function readAssembly(bytes: Buffer, fileName: string, defaultType: ScriptType): AssemblyDocument {
  const stem = fileName.replace(/(?<=.)\.[^.]*$/, '');
  if (fileName.toLowerCase().endsWith('.json'))
    return normalizeAssembly(parseJson(bytes) ?? EMPTY, { stem, defaultType });
  const document = normalizeAssembly(EMPTY, { stem, defaultType });
  return { ...document, script: withLineFeeds(bytes.toString('utf8')), scriptEncoding: undefined };
}

export function normalizeAssembly(value: PythonValue, { stem, defaultType }: DocumentSurroundings): AssemblyDocument {
  const document = isPythonObject(value) ? value : EMPTY;
  const { script, encoding } = scriptTextOf(document);
  const type = typeOf(document, defaultType);
  return {
    name: textOf(firstTruthy(document, 'name', 'display_name') ?? stem),
    description: textOrEmpty(document.get('description')),
    category: categoryOf(document, defaultType),
    type,
    script,
    scriptEncoding: encoding,
    timeoutSeconds: timeoutOf(document),
    sites: sitesOf(document.get('sites')),
    variables: objectsOf(document.get('variables')).flatMap(variableOf),
    files: objectsOf(document.get('files')).flatMap(fileOf),
    version: (isTruthy(document.get('version')) ? integerOf(document.get('version')) : undefined) ?? 1n,
  };
}

function firstTruthy(object: PythonObject, ...names: readonly string[]): PythonValue | undefined {
  return names.map((name) => object.get(name)).find(isTruthy);
}

function textOrEmpty(value: PythonValue | undefined): string {
  return value !== undefined && isTruthy(value) ? textOf(value) : '';
}

function typeOf(document: PythonObject, defaultType: ScriptType): ScriptType {
  const word = trimmed(textOf(firstTruthy(document, 'type', 'script_type') ?? defaultType)).toLowerCase();
  return SCRIPT_TYPES.find((type) => type === word) ?? defaultType;
}

function categoryOf(document: PythonObject, defaultType: ScriptType): AssemblyDocument['category'] {
  const word = trimmed(textOrEmpty(document.get('category'))).toLowerCase();
  if (word === 'script' || word === 'application') return word;
  return defaultType === 'ansible' ? 'application' : 'script';
}

function timeoutOf(document: PythonObject): bigint {
  const value = document.has('timeout_seconds') ? document.get('timeout_seconds') : document.get('timeout');
  const seconds = integerOf(value) ?? DEFAULT_TIMEOUT_SECONDS;
  return seconds < 0n ? 0n : seconds;
}

function sitesOf(value: PythonValue | undefined): AssemblyDocument['sites'] {
  if (!isPythonObject(value)) return { mode: 'all', values: [] };
  const listed = value.get('values');
  const members: readonly PythonValue[] = Array.isArray(listed) ? listed : [];
  const values = members
    .filter((member) => ['string', 'bigint', 'boolean'].includes(typeof member) || member instanceof PythonFloat)
    .map((member) => trimmed(textOf(member)))
    .filter((text) => text !== '');
  const said = textOrEmpty(value.get('mode'));
  const mode = trimmed(said === '' ? (values.length > 0 ? 'specific' : 'all') : said).toLowerCase();
  return { mode: mode === 'specific' ? 'specific' : 'all', values };
}

function objectsOf(value: PythonValue | undefined): readonly PythonObject[] {
  return Array.isArray(value) ? value.filter(isPythonObject) : [];
}

function variableOf(object: PythonObject): readonly AssemblyVariable[] {
  const name = trimmed(textOrEmpty(firstTruthy(object, 'name', 'key')));
  if (name === '') return [];
  const type = trimmed(textOrEmpty(object.get('type'))).toLowerCase();
  return [
    {
      name,
      label: textOrEmpty(object.get('label')),
      type: VARIABLE_TYPES.find((known) => known === type) ?? 'string',
      defaultValue: (object.has('default') ? object.get('default') : object.get('default_value')) ?? null,
      required: isTruthy(object.get('required')),
      description: textOrEmpty(object.get('description')),
    },
  ];
}

function fileOf(object: PythonObject): readonly AssemblyFile[] {
  const name = firstTruthy(object, 'file_name', 'name');
  const data = object.get('data');
  if (name === undefined || typeof data !== 'string') return [];
  return [
    {
      fileName: textOf(name),
      size: integerOf(object.get('size')) ?? 0n,
      mimeType: textOrEmpty(firstTruthy(object, 'mime_type', 'mimeType')),
      data,
    },
  ];
}
