/** What the table says of one row, and what the facade knows of it. */
import type { EventRow, Route } from './answers.js';
import { el, list, localTime, stageChip } from './elements.js';

type Fact = readonly [name: string, value: string | Node];

export function rowFacts(row: Route | EventRow): HTMLElement {
  const { stage, canary, fallback, sample, requires } = row;
  const needs = requires.map(
    ({ id, atLeast, orBoth }) => `${id} at ${atLeast} or further${orBoth ? ', or at split with both' : ''}`,
  );
  const facts: readonly Fact[] = [
    ['Stage', stageChip(stage, canary === null ? '' : ` ${canary.percent} % by ${canary.by}`)],
    ...(isRoute(row) ? routeFacts(row) : eventFacts(row)),
    ['When the engine can not', fallback === 'legacy' ? 'the legacy takes its place' : 'nobody takes its place'],
    ['Compared', `${sample} %, at the stages that compare`],
    ...(needs.length === 0 ? [] : [['Needs', list(needs)] as const]),
  ];
  return el('dl', {}, ...facts.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
}

export function isRoute(row: Route | EventRow): row is Route {
  return 'matches' in row;
}

function routeFacts({ matches, access, breaker, heldUntil, notServed, notComparable }: Route): readonly Fact[] {
  const rules = matches.map(({ methods, rule }) => `${methods.join('|')} ${rule}`);
  return [
    ['Serves', rules.length === 0 ? 'all other paths' : list(rules, 'mono')],
    ['Lets in', access],
    ...(breaker === 'closed' ? [] : [['Breaker', breaker] as const]),
    ...(heldUntil === null ? [] : [['Held back by the guard until', localTime(heldUntil)] as const]),
    ...(notServed === null || notServed.length === 0 ? [] : [['The engine lacks', list(notServed, 'mono')] as const]),
    ...(notComparable === null ? [] : [['Not comparable', notComparable] as const]),
  ];
}

function eventFacts({ event, both }: EventRow): readonly Fact[] {
  return [['Event', event], ...(both ? [['Both', 'the side that does not handle it gets it too'] as const] : [])];
}
