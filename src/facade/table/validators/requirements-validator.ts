/** Requirements name what exists, can be met in some order, and are met. */
import { BACKGROUND_TASKS } from '../background-tasks.js';
import { describeUnmet, unmetRequirements } from '../requirements.js';
import type { Stage } from '../stage.js';
import { suggestion } from '../suggestion.js';
import type { RequirementConfig, TableConfig } from '../table-config.js';
import type { TableValidator } from './table-validator.js';

export const validateRequirements: TableValidator = (table, problems) => {
  const { groups, routes } = table;
  const stages = stagesById(table);
  const holders = [...groups, ...routes];
  for (const { requires } of holders)
    for (const requirement of requires)
      if (!stages.has(requirement.id))
        problems.add(
          requirement,
          `expected the id of a row or group, sockets or background:NAME (found ${JSON.stringify(requirement.id)})${suggestion(requirement.id, stages.keys())}`,
        );
  for (const { id, requires } of holders) {
    const [first] = requires;
    if (first === undefined || !reaches(table, id, id)) continue;
    problems.add(first, `expected requirements that can be met in some order: ${id} requires itself in the end`);
  }
  const requirers = holders.map(({ id, requires }) => ({ id, requires, stage: stages.get(id) ?? 'legacy' }));
  for (const unmet of unmetRequirements<RequirementConfig>(requirers, (id) => stages.get(id)))
    problems.add(unmet.requirement, `expected a requirement that is met: ${describeUnmet(unmet)}`);
};

function stagesById({ groups, routes, sockets, background }: TableConfig): Map<string, Stage> {
  const stages = new Map<string, Stage>([['sockets', sockets?.stage?.value ?? 'legacy']]);
  for (const name of BACKGROUND_TASKS) stages.set(`background:${name}`, 'legacy');
  for (const { name, owner } of background) stages.set(`background:${name}`, owner);
  for (const { id, stage } of groups) stages.set(id, stage?.value ?? 'legacy');
  for (const { id, stage, group } of routes) stages.set(id, stage?.value ?? stages.get(group?.value ?? '') ?? 'legacy');
  return stages;
}

/** Whether following requirements from one id leads to another. A row has its group's requirements, a group those of its rows. */
function reaches(table: TableConfig, from: string, to: string, seen = new Set<string>()): boolean {
  for (const next of requiredBy(table, from)) {
    if (next === to || belongsTo(table, next, to) || belongsTo(table, to, next)) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    if (reaches(table, next, to, seen)) return true;
  }
  return false;
}

function requiredBy({ groups, routes }: TableConfig, id: string): string[] {
  const group = routes.find((row) => row.id === id)?.group?.value;
  const holders = [
    ...groups.filter((holder) => holder.id === id || holder.id === group),
    ...routes.filter((row) => row.id === id || row.group?.value === id),
  ];
  return holders.flatMap(({ requires }) => requires.map((requirement) => requirement.id));
}

function belongsTo({ routes }: TableConfig, row: string, group: string): boolean {
  return routes.some(({ id, group: of }) => id === row && of?.value === group);
}
