/** A canary says whom it serves. */
import type { StagedConfig } from '../table-config.js';
import type { TableValidator } from './table-validator.js';

export const validateStages: TableValidator = ({ defaults, groups, routes, sockets }, problems) => {
  const events = sockets?.events ?? [];
  const staged: readonly StagedConfig[] = [
    ...(defaults === undefined ? [] : [defaults]),
    ...groups,
    ...routes,
    ...events,
  ];
  for (const { stage, canary, node } of staged) {
    if (stage === undefined) continue;
    // A canary that is there but could not be read has a problem of its own.
    if (stage.value === 'canary' && canary === undefined && !node.has('canary'))
      problems.add(stage, 'expected a canary beside it, such as canary: { percent: 10, by: guid }');
  }
};
