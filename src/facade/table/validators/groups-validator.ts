/** Groups exist, are used, and alone say at which stage their rows are. */
import { suggestion } from '../suggestion.js';
import type { TableValidator } from './table-validator.js';

export const validateGroups: TableValidator = ({ groups, routes, sockets }, problems) => {
  const ids = groups.map(({ id }) => id);
  const used = new Set<string>();
  for (const { group, stage, canary } of [...routes, ...(sockets?.events ?? [])]) {
    if (group === undefined) continue;
    used.add(group.value);
    if (!ids.includes(group.value))
      problems.add(
        group,
        `expected the id of a group (found ${JSON.stringify(group.value)})${suggestion(group.value, ids)}`,
      );
    if (stage !== undefined) problems.add(stage, `expected no stage: the row flips with group ${group.value}`);
    if (canary !== undefined) problems.add(canary, `expected no canary: the row flips with group ${group.value}`);
  }
  for (const group of groups)
    if (!used.has(group.id)) problems.add(group, 'expected a row that is in this group (found none)');
};
