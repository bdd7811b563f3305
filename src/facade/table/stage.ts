/** How far a row has moved, in the order in which rows usually travel. */
export const STAGES = ['legacy', 'shadow', 'canary', 'verify', 'engine', 'retired'] as const;

/** A row's stage (DESIGN: "Stages"). */
export type Stage = (typeof STAGES)[number];

/** Position of a stage on the way from `legacy` (0) to `retired` (5). */
export function stageRank(stage: Stage): number {
  return STAGES.indexOf(stage);
}
