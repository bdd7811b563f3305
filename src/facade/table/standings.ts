/**
 * Where everything in a table stands, as requirements ask for it: rows and groups at their stage, background tasks at their
 * owner, and events where they are handled, which is the sockets' side as long as those are not at `split`. Pure.
 */
import { BACKGROUND_PREFIX, jobOf, SCHEDULER } from './background-tasks.js';
import { eventStage, type Position, positionRank, type SocketsStage } from './stage.js';
import type { BackgroundRow, TableSnapshot } from './table-snapshot.js';

export interface Standing {
  /** Of a group: the least of its members'. What others require is asked of this. */
  readonly stage: Position;
  /** Of a group: the furthest of its members'. What it requires itself binds by this. */
  readonly furthest: Position;
  /** The engine gets every event of it, whoever handles them. Only events can. */
  readonly both: boolean;
}

interface Member {
  readonly id: string;
  readonly group: string | undefined;
  /** Its own, or its group's. */
  readonly stage: Position;
}

/** What standings are made from: a table, or one that a change would make. */
export interface Positioned {
  readonly routes: readonly Member[];
  readonly events: readonly (Member & { readonly both: boolean })[];
  readonly groups: Iterable<readonly [id: string, stage: Position]>;
  readonly sockets: SocketsStage;
  /** `furthest`: the owner's or, of a scheduler, that of any of its jobs. */
  readonly background: Iterable<readonly [name: string, owner: Position, furthest: Position]>;
}

/** A table in force. @param moved targets of flips that are thought of, with where they would go */
export function positionedOf(snapshot: TableSnapshot, moved: ReadonlyMap<string, Position> = new Map()): Positioned {
  const { routes, sockets, groups, background } = snapshot;
  const member = <M extends Member>(row: M): M => ({ ...row, stage: moved.get(row.group ?? row.id) ?? row.stage });
  return {
    routes: routes.map(member<Member>),
    events: [...sockets.events.values()].map(member<Member & { readonly both: boolean }>),
    groups: [...groups].map(([id, { stage }]) => [id, moved.get(id) ?? stage] as const),
    sockets: (moved.get('sockets') ?? sockets.stage) as SocketsStage,
    background: background.map((task) => ownersOf(task, moved)),
  };
}

/** A task that moves takes its jobs along. */
function ownersOf(
  { name, owner, jobs }: Pick<BackgroundRow, 'name' | 'owner' | 'jobs'>,
  moved: ReadonlyMap<string, Position>,
): readonly [name: string, owner: Position, furthest: Position] {
  const whole = moved.get(BACKGROUND_PREFIX + name);
  if (whole !== undefined) return [name, whole, whole];
  const owners = new Map<string, Position>(Object.entries(jobs));
  for (const [target, to] of moved) {
    const job = name === SCHEDULER ? jobOf(target) : undefined;
    if (job !== undefined) owners.set(job, to);
  }
  return [name, owner, [...owners.values()].includes('engine') ? 'engine' : owner];
}

/** @returns by id: of rows, groups, `event:NAME`, `sockets`, `background:NAME` */
export function standingsOf({
  routes,
  events,
  groups,
  sockets,
  background,
}: Positioned): ReadonlyMap<string, Standing> {
  const handled = events.map((row) => ({ ...row, ...eventStanding(row, sockets) }));
  return new Map<string, Standing>([
    ['sockets', alone(sockets)],
    // The routes of jobs serve them whoever runs them, so that single ones at the legacy hold up nobody.
    ...[...background].map(
      ([name, stage, furthest]) => [BACKGROUND_PREFIX + name, { stage, furthest, both: false }] as const,
    ),
    ...[...groups].map(([id, stage]) => [id, groupStanding(id, stage, { routes, events: handled })] as const),
    ...routes.map(({ id, stage }) => [id, alone(stage)] as const),
    ...handled.map(({ id, stage, both }) => [id, alone(stage, both)] as const),
  ]);
}

function alone(stage: Position, both = false): Standing {
  return { stage, furthest: stage, both };
}

function eventStanding({ stage, both }: Positioned['events'][number], sockets: SocketsStage): Standing {
  if (sockets !== 'split') return alone(sockets, sockets === 'engine');
  const handled = eventStage(stage);
  return alone(handled, both || positionRank(handled) >= positionRank('engine'));
}

/** Routes and events of one group are at different places while the sockets are not at `split`. */
function groupStanding(
  id: string,
  stage: Position,
  { routes, events }: { readonly routes: readonly Member[]; readonly events: readonly (Member & Standing)[] },
): Standing {
  const members = events.filter(({ group }) => group === id);
  if (members.length === 0) return alone(stage);
  const stages = [...(routes.some(({ group }) => group === id) ? [stage] : []), ...members.map((one) => one.stage)];
  const [least = stage, furthest = least] = ends(stages);
  return { stage: least, furthest, both: members.every(({ both }) => both) };
}

function ends(stages: readonly Position[]): readonly (Position | undefined)[] {
  const sorted = [...stages].sort((a, b) => positionRank(a) - positionRank(b));
  return [sorted[0], sorted.at(-1)];
}
