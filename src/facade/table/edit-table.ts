/**
 * Writes a flip into a table's text, touching nothing else: comments, order, quotes and line ends stay as they are.
 * Works on the positions that the parser gave, in flow and in block style.
 */
import { isMap, isScalar, type YAMLMap } from 'yaml';
import type { Side } from '../side.js';
import { backgroundTaskOf, jobOf } from './background-tasks.js';
import type { CheckedTable } from './check-table.js';
import { applyEdits, insertAfter, insertFirst, replaceScalar, required, type TextEdit } from './edit-text.js';
import { eventOf } from './event-id.js';
import { jobEdits, ownerEdits } from './owner-edit.js';
import { type FlipPlan, stagedConfig } from './plan-flip.js';
import { pairOf } from './table-document.js';
import { TableError } from './table-error.js';
import type { Canary } from './table-snapshot.js';

/**
 * @returns the new text. The caller checks it: a file in an unusual style may not take the edit as meant.
 * @throws TableError `edit_impossible`
 */
export function editTable(table: CheckedTable, plans: readonly FlipPlan[]): string {
  const jobs = plans.flatMap(({ target, stage }) => {
    const id = jobOf(target);
    return id === undefined ? [] : [[id, stage as Side] as const];
  });
  const others = plans.filter(({ target }) => jobOf(target) === undefined);
  return applyEdits(table.text, [
    ...others.flatMap((plan) => editsOf(table, plan)),
    ...(jobs.length === 0 ? [] : jobEdits(table, new Map(jobs))),
  ]);
}

function editsOf(table: CheckedTable, plan: FlipPlan): TextEdit[] {
  const task = backgroundTaskOf(plan.target);
  if (task !== undefined) return ownerEdits(table, task, plan.stage);
  const event = eventOf(plan.target);
  if (event !== undefined && stagedConfig(table, plan.target) === undefined) return [newEvent(table, event, plan)];
  const node = plan.target === 'sockets' ? table.config.sockets?.node : stagedConfig(table, plan.target)?.node;
  return node === undefined ? [newSection(table, plan)] : flipEdits(table.text, node, plan);
}

/** A row for an event that the file does not name yet; with the map of events, and the section, where those are missing too. */
function newEvent({ text, document, config }: CheckedTable, event: string, { stage, canary }: FlipPlan): TextEdit {
  const row = `{ stage: ${stage}${canary === undefined ? '' : `, canary: ${flowCanary(canary)}`} }`;
  const { node, eventsNode } = config.sockets ?? {};
  if (eventsNode !== undefined) return insertFirst(text, eventsNode, [[event, row]]);
  const events = `{ ${event}: ${row} }`;
  if (node !== undefined) {
    const stagePair = pairOf(node, 'stage');
    if (stagePair === undefined) return insertFirst(text, node, [['events', events]]);
    return insertAfter(text, node, stagePair, 'events', events);
  }
  const root = required(isMap(document.document.contents) ? document.document.contents : undefined);
  return insertAfter(text, root, required(pairOf(root, 'version')), 'sockets', `{ events: ${events} }`);
}

function flipEdits(text: string, node: YAMLMap, { stage, canary }: FlipPlan): TextEdit[] {
  const known = pairOf(node, 'stage');
  const canaryText = canary === undefined || pairOf(node, 'canary') !== undefined ? undefined : flowCanary(canary);
  if (known === undefined) {
    const first = canaryText === undefined ? [] : [['canary', canaryText] as const];
    return [insertFirst(text, node, [['stage', stage], ...first]), ...(canary ? canaryEdits(text, node, canary) : [])];
  }
  return [
    replaceScalar(known, stage),
    ...(canaryText === undefined ? [] : [insertAfter(text, node, known, 'canary', canaryText)]),
    ...(canary ? canaryEdits(text, node, canary) : []),
  ].filter((edit) => text.slice(edit.start, edit.end) !== edit.text);
}

/** Edits of a canary that is there already. */
function canaryEdits(text: string, node: YAMLMap, { percent, by }: Canary): TextEdit[] {
  const map = pairOf(node, 'canary')?.value;
  if (!isMap(map)) return [];
  const percentPair = required(pairOf(map, 'percent'));
  const byPair = pairOf(map, 'by');
  // A canary without `by` means the address; it is written only when it says something else.
  const byEdits =
    byPair !== undefined
      ? [replaceScalar(byPair, by)]
      : by === 'address'
        ? []
        : [insertAfter(text, map, percentPair, 'by', by)];
  const known = isScalar(percentPair.value) && percentPair.value.value === percent;
  return [...(known ? [] : [replaceScalar(percentPair, String(percent))]), ...byEdits];
}

function flowCanary({ percent, by }: Canary): string {
  return `{ percent: ${percent}, by: ${by} }`;
}

/** `defaults` or `sockets`, in a file that has none yet: after the version. */
function newSection({ text, document }: CheckedTable, { target, stage, canary }: FlipPlan): TextEdit {
  const root = document.document.contents;
  const version = isMap(root) ? pairOf(root, 'version') : undefined;
  if (!isMap(root) || version === undefined) throw new TableError('edit_impossible');
  const inner = `stage: ${stage}${canary === undefined ? '' : `, canary: ${flowCanary(canary)}`}`;
  return insertAfter(text, root, version, target === 'default' ? 'defaults' : target, `{ ${inner} }`);
}
