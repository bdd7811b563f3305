/** The hosts that a job's targets name, and how many targets it has (scheduler 2, 4, 7.3). */
import { textOf } from '../../../legacy-bridge/values/python-text.js';
import { isPythonObject, type PythonValue } from '../../../legacy-bridge/values/python-value.js';

/** In order, duplicates kept: texts, whole numbers and truth values as Python's text; letters of a text, keys of an object. */
export function hostsOf(targets: PythonValue): readonly string[] {
  if (typeof targets === 'string') return [...targets];
  if (isPythonObject(targets)) return [...targets.keys()];
  return Array.isArray(targets) ? targets.filter(isHost).map(textOf) : [];
}

function isHost(target: PythonValue): boolean {
  return typeof target === 'string' || typeof target === 'bigint' || typeof target === 'boolean';
}

/** Members of any kind; 0 for null. @returns undefined for what has no number of members, which makes its job unreadable */
export function targetCount(targets: PythonValue): number | undefined {
  if (targets === null) return 0;
  if (typeof targets === 'string') return [...targets].length;
  if (isPythonObject(targets)) return targets.size;
  return Array.isArray(targets) ? targets.length : undefined;
}
