/** Who would handle an event, and why: by the same table that traffic goes by, without sending anything. */
import { CLIENT_EVENTS } from '../../legacy-bridge/realtime/client-events.js';
import { stageSide } from '../decision/decide.js';
import type { Side } from '../side.js';
import { SOCKET_PATH } from '../sockets/socket-target.js';
import type { EventStage, SocketsStage } from '../table/stage.js';
import { suggestion } from '../table/suggestion.js';
import type { EventRow, TableSnapshot } from '../table/table-snapshot.js';

/** An event that nobody sent, to ask who would handle it. */
export interface ExplainEventInput {
  readonly event: string;
  /** Of the handshake with which its client came. */
  readonly headers: Readonly<Record<string, string>>;
  /** The client's address. */
  readonly address: string;
}

/** An answer to "who would handle this event?". */
export interface EventExplanation {
  readonly event: string;
  readonly tableVersion: number;
  readonly sockets: SocketsStage;
  /** Who handles it. */
  readonly side: Side;
  /** Who gets it besides, to know what it says; null for nobody. */
  readonly alsoTo: Side | null;
  /** Id of its row; null for events that no row names. */
  readonly row: string | null;
  readonly group: string | null;
  /** Of the row, whether or not it is in force. */
  readonly stage: EventStage | null;
  /** The legacy handles it when the engine can't take it. */
  readonly mayFallBack: boolean;
  /** One sentence or two for a person. */
  readonly reason: string;
}

export function explainEvent(snapshot: TableSnapshot, input: ExplainEventInput): EventExplanation {
  const { version: tableVersion, sockets } = snapshot;
  const { event } = input;
  const row = sockets.events.get(event);
  const { reason, ...handled } = handling(snapshot, row, input);
  return {
    ...{ event, tableVersion, sockets: sockets.stage },
    ...{ row: row?.id ?? null, group: row?.group ?? null, stage: row?.stage ?? null },
    ...handled,
    reason: reason + (row === undefined ? misspelled(event) : ''),
  };
}

/** Who misspells an event is told that it goes to the legacy, which is true and says nothing. */
function misspelled(event: string): string {
  return CLIENT_EVENTS.includes(event) ? '' : `; no event of this name is known${suggestion(event, CLIENT_EVENTS)}`;
}

type Handling = Pick<EventExplanation, 'side' | 'alsoTo' | 'mayFallBack' | 'reason'>;

function handling({ sockets }: TableSnapshot, row: EventRow | undefined, input: ExplainEventInput): Handling {
  const alone = { alsoTo: null, mayFallBack: false };
  if (sockets.stage !== 'split') {
    const kept = row === undefined ? '' : ', and the row of the event is not in force';
    return {
      ...alone,
      side: sockets.stage,
      reason: `the sockets are at ${sockets.stage}, so connections go there whole${kept}`,
    };
  }
  if (row === undefined)
    return { ...alone, side: 'legacy', reason: 'no row names this event, so it passes to the legacy as it is' };
  const headers = Object.fromEntries(Object.entries(input.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const client = { method: 'GET', path: SOCKET_PATH, headers, address: input.address };
  const { side, reason } = stageSide(row, client, 'handles');
  const other: Side = side === 'engine' ? 'legacy' : 'engine';
  return {
    side,
    alsoTo: row.both ? other : null,
    mayFallBack: side === 'engine' && row.fallback === 'legacy',
    reason: `it falls under ${named(row)}; ${reason}${row.both ? `; both: the ${other} is told as well` : ''}${comparing(row, side)}`,
  };
}

function named({ id, group }: EventRow): string {
  return group === undefined ? `row ${id}` : `row ${id} of group ${group}`;
}

function comparing({ stage, sample }: EventRow, side: Side): string {
  return side === 'legacy' && stage !== 'legacy' ? `; ${sample} % are compared with a dry run at the engine` : '';
}
