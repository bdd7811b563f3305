/** Stages are those of this release, and a canary says whom it serves. */
import { UNAVAILABLE_STAGES } from '../stage.js';
import type { StagedConfig } from '../table-config.js';
import type { TableValidator } from './table-validator.js';

export const validateStages: TableValidator = ({ defaults, groups, routes }, problems) => {
  const staged: readonly StagedConfig[] = [...(defaults === undefined ? [] : [defaults]), ...groups, ...routes];
  for (const { stage, canary, node } of staged) {
    if (stage === undefined) continue;
    if (UNAVAILABLE_STAGES.includes(stage.value))
      problems.add(
        stage,
        `expected a stage of this release: ${stage.value} arrives with comparing; until then legacy, canary, engine and retired can be used`,
      );
    // A canary that is there but could not be read has a problem of its own.
    if (stage.value === 'canary' && canary === undefined && !node.has('canary'))
      problems.add(stage, 'expected a canary beside it, such as canary: { percent: 10, by: guid }');
  }
};
