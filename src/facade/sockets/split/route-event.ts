/** Who handles an event of a bridged session, by the table as it is when the event arrives. Pure. */
import type { RequestFacts } from '../../decision/client-key.js';
import { placeInCohort } from '../../decision/cohort.js';
import type { Side } from '../../side.js';
import type { EventRow, SocketsRow } from '../../table/table-snapshot.js';

/** Where an event goes. */
export interface EventRoute {
  readonly owner: Side;
  /** Undefined for events that no row names. */
  readonly row: EventRow | undefined;
  /** The other side gets it too. */
  readonly both: boolean;
  /** The stage would have it compared. */
  readonly compared: boolean;
}

const LEGACY: EventRoute = { owner: 'legacy', row: undefined, both: false, compared: false };

/**
 * @param event the event's name in the namespace `/`; undefined for what has none
 * @param client how it came, for canaries
 */
export function routeEvent(sockets: SocketsRow, event: string | undefined, client: RequestFacts): EventRoute {
  // Rows are in force at `split`, and at `engine` for the sessions that were bridged before.
  const row = event === undefined || sockets.stage === 'legacy' ? undefined : sockets.events.get(event);
  if (row === undefined) return LEGACY;
  const owner = ownerOf(row, client);
  return { owner, row, both: row.both, compared: isCompared(row, owner) };
}

function ownerOf(row: EventRow, client: RequestFacts): Side {
  switch (row.stage) {
    case 'legacy':
    case 'shadow':
      return 'legacy';
    case 'canary':
      return row.canary !== undefined && placeInCohort(row.canary, row.group ?? row.id, client).inCohort
        ? 'engine'
        : 'legacy';
    case 'engine':
    case 'retired':
      return 'engine';
  }
}

function isCompared({ stage }: EventRow, owner: Side): boolean {
  return owner === 'legacy' && (stage === 'shadow' || stage === 'canary');
}
