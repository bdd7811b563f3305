/** What an operator has to know whatever he looks at: what is out of order, each in a sentence. */
import type { Status } from './answers.js';
import { el, list, localTime } from './elements.js';

/** Empty when all is well. */
export function concernsOf(status: Status): readonly HTMLElement[] {
  return [...ofTable(status), ...[...ofSides(status), ...ofRows(status), ...ofSockets(status)].map(concern)];
}

function concern(text: string): HTMLElement {
  return el('li', {}, text);
}

/** With every problem, as the last good version stays in force until all are mended. */
function ofTable({ table: { version, rejected } }: Status): readonly HTMLElement[] {
  if (rejected === null) return [];
  const said = `The edited table file is refused since ${localTime(rejected.since)}; version ${version} stays in force.`;
  return [el('li', {}, said, list(rejected.problems))];
}

function ofSides({ state, legacy, engine, tls }: Status): readonly string[] {
  const { process } = engine;
  return [
    ...(state === 'running' ? [] : [`The facade is ${state}.`]),
    ...(legacy.reachable === false ? [`The legacy does not answer: ${legacy.problem ?? 'no reason is known'}.`] : []),
    ...(engine.mode !== 'off' && engine.reachable === false
      ? [`The engine does not answer: ${engine.problem ?? 'no reason is known'}.`]
      : []),
    ...(process === null || process.state === 'ready'
      ? []
      : [
          `The engine's process is ${process.state}${process.lastEnd === null ? '' : `; it ended: ${process.lastEnd}`}.`,
        ]),
    ...(tls === null || tls.rejected === null
      ? []
      : [`The certificate files on disk are not in use: ${tls.rejected}.`]),
  ];
}

function ofRows({ breakers, guard }: Status): readonly string[] {
  return [
    ...Object.entries(breakers).map(([row, state]) => `The breaker of ${row} is ${state}.`),
    ...Object.entries(guard.blocked).map(([row, why]) => `${row} should go back and can not: ${why}.`),
    ...guard.holds.map(
      ({ target, from, to, evidence, until }) =>
        `The guard moved ${target} from ${from} back to ${to} (${evidence}), and holds it until ${localTime(until)}.`,
    ),
  ];
}

function ofSockets({ sockets: { link, relay } }: Status): readonly string[] {
  return [
    ...(link === false ? ['The packet bridge has no link with the engine.'] : []),
    ...(relay?.up === false ? [`The relay is down: ${relay.problem ?? 'no reason is known'}.`] : []),
  ];
}
