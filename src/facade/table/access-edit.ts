/** Writes whom a row lets in, or the profile, into a table's text, touching nothing else. */
import { isMap, type Pair, type YAMLMap } from 'yaml';
import { ACCESS_CLASSES, type Access, isAtLeast, PROFILES, type Profile } from './access.js';
import type { CheckedTable } from './check-table.js';
import { applyEdits, insertAfter, replaceScalar, type TextEdit } from './edit-text.js';
import { eventOf } from './event-id.js';
import type { AccessRequest } from './migration-table-store.js';
import { suggestion } from './suggestion.js';
import { type CallersConfig, TABLE_DEFAULTS } from './table-config.js';
import { pairOf } from './table-document.js';
import { TableError } from './table-error.js';

/**
 * @returns the new text; the caller checks it
 * @throws TableError `unknown_target`, `access_unknown`, `nothing_to_change`, `edit_impossible`
 */
export function editAccess(table: CheckedTable, { target, access }: AccessRequest): string {
  const edits =
    target === 'profile'
      ? [profileEdit(table, oneOf(PROFILES, access, 'profile'))]
      : rowEdits(table, target, oneOf(ACCESS_CLASSES, access, 'class of access'));
  return applyEdits(table.text, edits);
}

function oneOf<const T extends string>(words: readonly T[], given: string, what: string): T {
  const word = words.find((one) => one === given);
  if (word !== undefined) return word;
  throw new TableError(
    'access_unknown',
    `No ${what} is called ${given}${suggestion(given, words)}: ${words.join(', ')}.`,
  );
}

function profileEdit(table: CheckedTable, profile: Profile): TextEdit {
  if (table.snapshot.profile === profile)
    throw new TableError('nothing_to_change', `The profile is ${profile} already.`);
  const root = rootOf(table);
  const known = pairOf(root, 'profile');
  return known === undefined
    ? insertAfter(table.text, root, versionOf(root), 'profile', profile)
    : replaceScalar(known, profile);
}

function rowEdits(table: CheckedTable, target: string, access: Access): TextEdit[] {
  const { config, text } = table;
  const row = target === 'default' ? config.defaults : config.routes.find(({ id }) => id === target);
  if (row === undefined && target !== 'default') throw unknownTarget(table, target);
  if ((row?.access?.value ?? TABLE_DEFAULTS.access) === access)
    throw new TableError('nothing_to_change', `The access of ${target} is ${access} already.`);
  if (row === undefined) {
    const root = rootOf(table);
    return [insertAfter(text, root, versionOf(root), 'defaults', `{ access: ${access} }`)];
  }
  const known = pairOf(row.node, 'access');
  const written =
    known === undefined
      ? insertAfter(text, row.node, placeIn(row.node), 'access', access)
      : replaceScalar(known, access);
  return [written, ...hardenedEdits(row, row.node, access)];
}

/** A row's `hardened` may not let in others than its `access`: it follows where it would. */
function hardenedEdits({ hardened }: CallersConfig, node: YAMLMap, access: Access): TextEdit[] {
  const pair = pairOf(node, 'hardened');
  if (hardened === undefined || pair === undefined || isAtLeast(hardened.value, access)) return [];
  return [replaceScalar(pair, access)];
}

/** Beside what says at which stage the row is. */
function placeIn(node: YAMLMap): Pair {
  const pair = pairOf(node, 'stage') ?? pairOf(node, 'group') ?? pairOf(node, 'timeoutMs') ?? pairOf(node, 'fallback');
  if (pair === undefined) throw new TableError('edit_impossible');
  return pair;
}

function rootOf({ document }: CheckedTable): YAMLMap {
  const root = document.document.contents;
  if (!isMap(root)) throw new TableError('edit_impossible');
  return root;
}

function versionOf(root: YAMLMap): Pair {
  const pair = pairOf(root, 'version');
  if (pair === undefined) throw new TableError('edit_impossible');
  return pair;
}

function unknownTarget({ snapshot }: CheckedTable, target: string): TableError {
  if (target === 'sockets' || eventOf(target) !== undefined)
    return new TableError(
      'unknown_target',
      'The sockets have no access, nor have their events: the side that handles an event judges who sent it.',
    );
  if (snapshot.groups.has(target))
    return new TableError('unknown_target', `${target} is a group: each of its rows says itself whom it lets in.`);
  const ids = ['default', 'profile', ...snapshot.routes.map(({ id }) => id)];
  return new TableError('unknown_target', `No row is called ${target}${suggestion(target, ids)}.`);
}
