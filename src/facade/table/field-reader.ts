/** Reads single fields of a table's YAML, adding a problem for each that is not what it should be. Knows nothing of tables. */
import { isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import type { Place, ProblemList } from './problem-list.js';
import { suggestion } from './suggestion.js';
import type { TableDocument } from './table-document.js';

/** A value as written, not yet looked at. */
export interface RawField extends Place {
  readonly node: unknown;
}

/** The fields of a map by key. */
export type RawFields = ReadonlyMap<string, RawField>;

export class FieldReader {
  readonly #document: TableDocument;
  readonly problems: ProblemList;

  constructor(document: TableDocument, problems: ProblemList) {
    this.#document = document;
    this.problems = problems;
  }

  /** A map, whatever its keys. */
  map(raw: RawField): { readonly node: YAMLMap; readonly fields: RawFields } | undefined {
    if (!isMap(raw.node)) return this.#wrong(raw, 'a map');
    const fields = new Map<string, RawField>();
    for (const { key, value } of raw.node.items) {
      const place = { line: this.#document.lineOf(key), field: raw.field };
      if (!isScalar(key)) this.problems.add(place, 'expected plain keys');
      else {
        const name = String(key.value);
        fields.set(name, { node: value, line: place.line, field: raw.field === '' ? name : `${raw.field}.${name}` });
      }
    }
    return { node: raw.node, fields };
  }

  /**
   * A map with none but the known keys.
   * @param known keys, and for some of them why they are refused
   */
  record(raw: RawField, known: Readonly<Record<string, string | true>>): ReturnType<FieldReader['map']> {
    const read = this.map(raw);
    for (const [key, field] of read?.fields ?? []) {
      const verdict = Object.hasOwn(known, key) ? known[key] : undefined;
      if (typeof verdict === 'string') this.problems.add(field, verdict);
      else if (verdict === undefined) {
        const usable = Object.keys(known).filter((name) => known[name] === true);
        this.problems.add(field, `expected one of ${usable.join(', ')}${suggestion(key, usable)}`);
      }
    }
    return read;
  }

  list(raw: RawField): readonly RawField[] | undefined {
    if (!isSeq(raw.node)) return this.#wrong(raw, 'a list');
    return raw.node.items.map((node, index) => ({
      node,
      line: this.#document.lineOf(node),
      field: `${raw.field}[${index}]`,
    }));
  }

  text(raw: RawField, expected = 'a text'): string | undefined {
    const value = isScalar(raw.node) ? raw.node.value : undefined;
    return typeof value === 'string' && value.trim() !== '' ? value : this.#wrong(raw, expected);
  }

  /** Whether the value is this very text. Adds no problem. */
  isText(raw: RawField, text: string): boolean {
    return isScalar(raw.node) && raw.node.value === text;
  }

  flag(raw: RawField): boolean | undefined {
    const value = isScalar(raw.node) ? raw.node.value : undefined;
    return typeof value === 'boolean' ? value : this.#wrong(raw, 'true or false');
  }

  number(raw: RawField, expected: string, valid: (value: number) => boolean): number | undefined {
    const value = isScalar(raw.node) ? raw.node.value : undefined;
    return typeof value === 'number' && valid(value) ? value : this.#wrong(raw, expected);
  }

  oneOf<const T extends string>(raw: RawField, words: readonly T[]): T | undefined {
    const value = isScalar(raw.node) ? raw.node.value : undefined;
    const word = words.find((candidate) => candidate === value);
    if (word !== undefined) return word;
    const hint = typeof value === 'string' ? suggestion(value, words) : '';
    return this.#wrong(raw, `one of ${words.join(', ')}`, hint);
  }

  /** Adds a problem about a value, with what was found in its place. */
  #wrong(raw: RawField, expected: string, hint = ''): undefined {
    this.problems.add(raw, `expected ${expected} (found ${found(raw.node)})${hint}`);
    return undefined;
  }
}

/** A value in a few words, for a problem's text. */
export function found(node: unknown): string {
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node) || node.value === null) return 'nothing';
  const text = typeof node.value === 'string' ? JSON.stringify(node.value) : String(node.value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
