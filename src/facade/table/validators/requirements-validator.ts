/** Requirements name what exists, can be met in some order, and are met. */
import { BACKGROUND_TASKS, SCHEDULER } from '../background-tasks.js';
import type { ProblemList } from '../problem-list.js';
import { REQUIRABLE } from '../read-staged.js';
import { describeUnmet, unmetRequirements } from '../requirements.js';
import { unmetNeedsOfScheduler } from '../scheduler-needs.js';
import { type Standing, standingsOf } from '../standings.js';
import { suggestion } from '../suggestion.js';
import type { EventConfig, RequirementConfig, RouteConfig, TableConfig } from '../table-config.js';
import type { TableValidator } from './table-validator.js';

export const validateRequirements: TableValidator = (table, problems) => {
  const { groups, routes, sockets } = table;
  const events = sockets?.events ?? [];
  const standings = standingsIn(table);
  const holders = [...groups, ...routes, ...events];
  for (const { requires } of holders)
    for (const requirement of requires)
      if (!standings.has(requirement.id))
        problems.add(
          requirement,
          `expected ${REQUIRABLE} (found ${JSON.stringify(requirement.id)})${suggestion(requirement.id, standings.keys())}`,
        );
  for (const { requires } of holders) for (const requirement of requires) checkForm(requirement, table, problems);
  for (const { id, requires } of holders) {
    const [first] = requires;
    if (first === undefined || !reaches(table, id, id)) continue;
    problems.add(first, `expected requirements that can be met in some order: ${id} requires itself in the end`);
  }
  const requirers = holders.map(({ id, requires }) => ({
    id,
    requires,
    stage: standings.get(id)?.furthest ?? 'legacy',
  }));
  for (const unmet of unmetRequirements<RequirementConfig>(requirers, (id) => standings.get(id)))
    problems.add(unmet.requirement, `expected a requirement that is met: ${describeUnmet(unmet)}`);
  const scheduler = table.background.find(({ name }) => name === SCHEDULER);
  if (scheduler === undefined) return;
  for (const unmet of unmetNeedsOfScheduler(standings))
    problems.add(scheduler, `expected what the engine needs for it: ${describeUnmet(unmet)}`);
};

/** The sockets know three stages and nothing else knows `split`; only events can reach both sides. */
function checkForm(requirement: RequirementConfig, { sockets }: TableConfig, problems: ProblemList): void {
  const { id, atLeast, orBoth } = requirement;
  if (id === 'sockets' ? atLeast !== 'split' && atLeast !== 'engine' : atLeast === 'split')
    problems.add(
      { ...requirement, field: `${requirement.field}.atLeast` },
      id === 'sockets'
        ? `expected split or engine of the sockets (found ${atLeast})`
        : 'expected split of sockets only',
    );
  if (orBoth && !(sockets?.events ?? []).some((row) => row.id === id || row.group?.value === id))
    problems.add(
      { ...requirement, field: `${requirement.field}.orBoth` },
      `expected orBoth only where events are required: ${id} is no event and no group of events`,
    );
}

/** Undefined words were reported where they stand; here they mean the legacy. */
function standingsIn({ groups, routes, sockets, background }: TableConfig): ReadonlyMap<string, Standing> {
  const stages = new Map(groups.map(({ id, stage }) => [id, stage?.value ?? 'legacy'] as const));
  const member = ({ id, stage, group }: RouteConfig | EventConfig) => ({
    id,
    group: group?.value,
    stage: stage?.value ?? stages.get(group?.value ?? '') ?? 'legacy',
  });
  return standingsOf({
    routes: routes.map(member),
    events: (sockets?.events ?? []).map((row) => ({ ...member(row), both: row.both })),
    groups: stages,
    sockets: sockets?.stage?.value ?? 'legacy',
    background: [
      ...BACKGROUND_TASKS.map((name) => [name, 'legacy', 'legacy'] as const),
      ...background.map(({ name, owner, jobs }) => {
        const furthest = jobs.some((job) => job.owner === 'engine') ? 'engine' : owner;
        return [name, owner, furthest] as const;
      }),
    ],
  });
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

function requiredBy(table: TableConfig, id: string): string[] {
  const members = membersOf(table);
  const group = members.find((row) => row.id === id)?.group?.value;
  const holders = [
    ...table.groups.filter((holder) => holder.id === id || holder.id === group),
    ...members.filter((row) => row.id === id || row.group?.value === id),
  ];
  return holders.flatMap(({ requires }) => requires.map((requirement) => requirement.id));
}

function belongsTo(table: TableConfig, row: string, group: string): boolean {
  return membersOf(table).some(({ id, group: of }) => id === row && of?.value === group);
}

function membersOf({ routes, sockets }: TableConfig): readonly (RouteConfig | EventConfig)[] {
  return [...routes, ...(sockets?.events ?? [])];
}
