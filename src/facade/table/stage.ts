/** How far a row has moved, in the order in which rows usually travel. */
export const STAGES = ['legacy', 'shadow', 'canary', 'verify', 'engine', 'retired'] as const;

/** A row's stage (DESIGN: "Stages"). */
export type Stage = (typeof STAGES)[number];

/** Where the sockets can be: raw tunnels to one side, or at `split` a packet bridge that decides per event. */
export const SOCKETS_STAGES = ['legacy', 'split', 'engine'] as const;
export type SocketsStage = (typeof SOCKETS_STAGES)[number];

/** Stages of an event. `verify` is none: it would repeat at the legacy what the engine has done. */
export const EVENT_STAGES = ['legacy', 'shadow', 'canary', 'engine', 'retired'] as const satisfies readonly Stage[];
export type EventStage = (typeof EVENT_STAGES)[number];

/** Where an event of a group is: at `verify` the engine answers and the legacy is asked again, which for events it never is. */
export function eventStage<S extends Position>(stage: S): Exclude<S, 'verify'> | 'engine' {
  return stage === 'verify' ? 'engine' : (stage as Exclude<S, 'verify'>);
}

/** Wherever a row, a group, a task or the sockets can be. */
export const POSITIONS = ['legacy', 'shadow', 'canary', 'split', 'verify', 'engine', 'retired'] as const;
export type Position = (typeof POSITIONS)[number];

/** Position of a stage on the way from `legacy` (0) to `retired` (5). */
export function stageRank(stage: Stage): number {
  return STAGES.indexOf(stage);
}

/** As `stageRank`, with the sockets' `split` in its place. */
export function positionRank(position: Position): number {
  return POSITIONS.indexOf(position);
}
