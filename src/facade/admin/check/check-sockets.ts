/** What the rows of events come to: which are in force, and whether memories that belong together would be torn apart. */
import { PRESENCE_EVENTS as PRESENCE } from '../../../legacy-bridge/realtime/client-events.js';
import { PRESENCE_READERS } from '../../../legacy-bridge/realtime/presence-readers.js';
import { chooseRow } from '../../listener/choose-row.js';
import type { FacadeSettings } from '../../settings/settings.js';
import { SCHEDULER_ROW } from '../../table/background-tasks.js';
import { schedulerOf } from '../../table/scheduler-row.js';
import type { EventRow, TableSnapshot } from '../../table/table-snapshot.js';
import { type CheckFinding, note, ok, warning } from './check-report.js';

const SUBJECT = 'sockets';

export function checkSockets(
  snapshot: TableSnapshot,
  { engine }: Pick<FacadeSettings, 'engine'>,
): readonly CheckFinding[] {
  const { stage, events } = snapshot.sockets;
  const moved = [...events.values()].filter((row) => row.stage !== 'legacy');
  if (stage !== 'split') return [notInForce(stage, moved), ...unorderedRelay(snapshot, engine.mode)];
  const findings = [
    ...withoutLink(moved, engine.mode),
    ...tornPresence(snapshot),
    ...untoldReaders(snapshot, engine.mode),
    ...tornConfigurations(snapshot),
  ];
  return findings.length > 0 ? findings : [ok(SUBJECT, `are at split; ${told(moved, events.size)}`)];
}

function notInForce(stage: string, moved: readonly EventRow[]): CheckFinding {
  if (moved.length === 0) return ok(SUBJECT, `are at ${stage}`);
  const rows = moved.map(({ id }) => id);
  const message = `the sockets are at ${stage}, so these rows are kept and not in force: ${moved.map(place).join(', ')}`;
  return { ...note(SUBJECT, message, 'They come into force with "facade flip sockets split".'), rows };
}

function unorderedRelay({ sockets }: TableSnapshot, mode: FacadeSettings['engine']['mode']): CheckFinding[] {
  if (sockets.stage !== 'engine' || !sockets.relay || mode !== 'url') return [];
  const message = "whether the engine's clients hear the legacy is not the facade's to order (engine.mode is url)";
  return [note(SUBJECT, message, 'Set BOREALIS_SOCKETS_RELAY_URL for that engine, or "sockets.relay: false" here.')];
}

function told(moved: readonly EventRow[], all: number): string {
  return moved.length === 0 ? `all ${all} events with rows are the legacy's` : moved.map(place).join(', ');
}

function place({ id, stage }: EventRow): string {
  return `${id} at ${stage}`;
}

/** Events are handed over on the Unix socket of an engine that the facade starts, and nowhere else. */
const NO_LINK = {
  off: { why: 'there is no engine (engine.mode is off)', hint: 'Start an engine, or flip them to legacy.' },
  url: {
    why: 'an engine that is reached by its address takes no events of bridged sessions (engine.mode is url)',
    hint: 'Let the facade start the engine (engine.mode: spawn), or flip them to legacy.',
  },
} as const;

function withoutLink(moved: readonly EventRow[], mode: FacadeSettings['engine']['mode']): CheckFinding[] {
  const wanting = moved.filter(({ stage }) => stage !== 'shadow');
  if (mode === 'spawn' || wanting.length === 0) return [];
  const { why, hint } = NO_LINK[mode];
  const lost = wanting.filter(({ fallback }) => fallback === 'none').map(({ id }) => id);
  const message = `${why}, so the legacy handles ${wanting.map(({ id }) => id).join(', ')}`;
  const nobody = lost.length === 0 ? '' : `; but nobody handles ${lost.join(', ')}, without a fallback`;
  const rows = wanting.map(({ id }) => id);
  return [{ ...warning(SUBJECT, message + nobody, hint), rows }];
}

function tornPresence({ sockets }: TableSnapshot): CheckFinding[] {
  const places = PRESENCE.map((event) => ({ event, row: sockets.events.get(event) }));
  const stages = new Set(places.map(({ row }) => row?.stage ?? 'legacy'));
  if (stages.size === 1) return [];
  const where = places.map(({ event, row }) => `${event} at ${row?.stage ?? 'legacy'}`).join(', ');
  const hint = 'Put them into one group: one registry takes them all in, and takes entries over from one another.';
  return [warning(SUBJECT, `events of presence are at different stages: ${where}`, hint)];
}

function untoldReaders(snapshot: TableSnapshot, mode: FacadeSettings['engine']['mode']): CheckFinding[] {
  const { legacy, engine } = readersBySide(snapshot);
  const rows = PRESENCE.map((event) => snapshot.sockets.events.get(event));
  const missed = (side: 'legacy' | 'engine'): readonly string[] => {
    if (mode !== 'spawn') return mode === 'url' && side === 'engine' ? PRESENCE : [];
    return PRESENCE.filter((_event, at) => !(rows[at]?.both ?? false) && handledBy(rows[at]) !== side);
  };
  const find = (side: 'legacy' | 'engine', readers: readonly string[]): CheckFinding[] => {
    const events = missed(side);
    if (readers.length === 0 || events.length === 0) return [];
    const message = `the ${side} is not told of ${events.join(', ')}, and ${readers.join(', ')} of the ${side} still read presence: agents look offline there`;
    const hint = mode === 'url' ? NO_LINK.url.hint : 'Give those events "both: true", or move the readers first.';
    return [warning(SUBJECT, message, hint)];
  };
  return [...find('legacy', legacy), ...find('engine', engine)];
}

/** At a canary both sides handle some. */
function handledBy(row: EventRow | undefined): 'legacy' | 'engine' | 'some' {
  const stage = row?.stage ?? 'legacy';
  if (stage === 'canary') return 'some';
  return stage === 'legacy' || stage === 'shadow' ? 'legacy' : 'engine';
}

function readersBySide(snapshot: TableSnapshot): Readonly<Record<'legacy' | 'engine', readonly string[]>> {
  const rows = PRESENCE_READERS.map(([method, path]) => chooseRow(snapshot, method, path).row);
  const ids = (atLegacy: boolean) =>
    rows.filter(({ stage }) => (stage === 'legacy' || stage === 'shadow' || stage === 'canary') === atLegacy);
  const unique = (some: typeof rows) => [...new Set(some.map(({ id }) => id))];
  const { owner, jobs } = schedulerOf(snapshot);
  const dispatchers = [owner, ...Object.values(jobs)];
  const dispatcher = (side: 'legacy' | 'engine') => (dispatchers.includes(side) ? [SCHEDULER_ROW] : []);
  return {
    legacy: [...unique(ids(true)), ...dispatcher('legacy')],
    engine: [...unique(ids(false)), ...dispatcher('engine')],
  };
}

/** Configurations are memory of the side that provisions. */
function tornConfigurations(snapshot: TableSnapshot): CheckFinding[] {
  const asked = handledBy(snapshot.sockets.events.get('request_config'));
  const { id, stage } = chooseRow(snapshot, 'POST', '/api/agent/provision').row;
  const provisioned = stage === 'legacy' || stage === 'shadow' ? 'legacy' : stage === 'canary' ? 'some' : 'engine';
  if (asked === provisioned && asked !== 'some') return [];
  const message = `configurations are written by row ${id} (${stage}) and read by event:request_config (${snapshot.sockets.events.get('request_config')?.stage ?? 'legacy'}), each in the memory of its side`;
  return [warning(SUBJECT, message, 'Put both into one group, and move it without a canary.')];
}
