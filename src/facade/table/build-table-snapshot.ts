/** Applies defaults and groups to rows, and freezes the result. Expects a table that the validators have passed. */
import { buildUrlMap } from '../../legacy-bridge/url-map/build-url-map.js';
import type { Access, Profile } from './access.js';
import { BACKGROUND_TASKS } from './background-tasks.js';
import type { EvidenceConfig } from './evidence-config.js';
import { SCHEDULER_GATE } from './gate-config.js';
import { mergeEvidence } from './merge-evidence.js';
import { eventStage, type Stage } from './stage.js';
import {
  type CallersConfig,
  type CanaryConfig,
  type EventConfig,
  type GroupConfig,
  type StagedConfig,
  TABLE_DEFAULTS,
  type TableConfig,
} from './table-config.js';
import type {
  BackgroundRow,
  Canary,
  EventRow,
  Requirement,
  RouteRow,
  SocketsRow,
  TableSnapshot,
} from './table-snapshot.js';

export function buildTableSnapshot(
  config: TableConfig,
  { version, digest }: Pick<TableSnapshot, 'version' | 'digest'>,
): TableSnapshot {
  const groups = new Map(config.groups.map((group) => [group.id, group]));
  const profile = config.profile?.value ?? TABLE_DEFAULTS.profile;
  const routes = config.routes.map((row): RouteRow => {
    const group = groups.get(row.group?.value ?? '');
    const matches = row.matches.map(({ methods, rule }) => Object.freeze({ methods, rule }));
    const access = accessUnder(profile, row);
    return freezeRow({ id: row.id, matches, group: group?.id, access }, [row, group, config.defaults]);
  });
  const access = accessUnder(profile, config.defaults);
  const defaultRow = freezeRow({ id: 'default', matches: [], group: undefined, access }, [config.defaults]);
  const rules = routes.flatMap((row) => row.matches.map((match) => ({ ...match, endpoint: row })));
  return Object.freeze({
    version,
    digest,
    profile,
    routes: Object.freeze(routes),
    groups: groupStages(config.groups),
    defaultRow,
    sockets: socketsRow(config, groups),
    background: Object.freeze(backgroundRows(config)),
    urlMap: buildUrlMap(rules),
  } as const);
}

function socketsRow({ sockets, defaults }: TableConfig, groups: ReadonlyMap<string, GroupConfig>): SocketsRow {
  const rows = (sockets?.events ?? []).map((row) => {
    const group = groups.get(row.group?.value ?? '');
    return [row.event, freezeEvent(row, group, [row, group, defaults])] as const;
  });
  const relay = sockets?.relay?.value ?? true;
  return Object.freeze({ stage: sockets?.stage?.value ?? 'legacy', relay, events: new Map(rows) });
}

function freezeEvent(
  { id, event, both }: EventConfig,
  group: GroupConfig | undefined,
  layers: readonly (StagedConfig | undefined)[],
): EventRow {
  const { stage: staged, canary, fallback, requires } = stagedParts(layers);
  const stage = eventStage(staged);
  const { sample, compare, gate, guard } = mergeEvidence(layers.flatMap((layer) => layer?.evidence ?? []));
  return Object.freeze({
    ...{ id, event, group: group?.id, stage, canary, fallback, requires, sample, compare, gate, guard },
    both: both && stage !== 'retired',
  });
}

/**
 * Stage and canary come from the row or its group, never from the defaults, which speak for the default
 * row: a flip of that row moves no other.
 * @param layers the nearest first
 */
function freezeRow(
  { id, matches, group, access }: Pick<RouteRow, 'id' | 'matches' | 'group' | 'access'>,
  layers: readonly (StagedConfig | undefined)[],
): RouteRow {
  return Object.freeze({
    ...{ id, matches: Object.freeze(matches), group, access },
    ...stagedParts(layers),
    timeoutMs: layers.find((layer) => layer?.timeoutMs !== undefined)?.timeoutMs ?? TABLE_DEFAULTS.timeoutMs,
    ...mergeEvidence(layers.flatMap((layer) => layer?.evidence ?? [])),
  });
}

/** @param layers the nearest first */
function stagedParts(
  layers: readonly (StagedConfig | undefined)[],
): Pick<RouteRow, 'stage' | 'canary' | 'fallback' | 'requires'> {
  const owner = layers.find((layer) => layer?.stage !== undefined);
  const stage = owner?.stage?.value ?? TABLE_DEFAULTS.stage;
  const fallback = layers.find((layer) => layer?.fallback !== undefined)?.fallback ?? TABLE_DEFAULTS.fallback;
  return {
    stage,
    canary: canaryAt(stage, owner?.canary),
    fallback: stage === 'retired' ? 'none' : fallback,
    requires: Object.freeze(layers.flatMap((layer) => layer?.requires ?? []).map(requirementOf)),
  };
}

/** Whom a row lets in, which is never inherited: a word in the defaults must not shut agents out of their routes. */
export function accessUnder(profile: Profile, row: CallersConfig | undefined): Access {
  return (profile === 'hardened' ? row?.hardened?.value : undefined) ?? row?.access?.value ?? TABLE_DEFAULTS.access;
}

function requirementOf({ id, atLeast, orBoth }: Requirement): Requirement {
  return Object.freeze({ id, atLeast, orBoth });
}

function canaryAt(stage: Stage, canary: CanaryConfig | undefined): Canary | undefined {
  if (stage !== 'canary' || canary === undefined) return undefined;
  return Object.freeze({ percent: canary.percent, by: canary.by });
}

function groupStages(groups: readonly GroupConfig[]): TableSnapshot['groups'] {
  return new Map(
    groups.map(({ id, stage, canary }) => {
      const value = stage?.value ?? TABLE_DEFAULTS.stage;
      return [id, Object.freeze({ stage: value, canary: canaryAt(value, canary) })];
    }),
  );
}

const NOTHING_SAID: EvidenceConfig = { sample: undefined, compare: {}, gate: {}, guard: {} };

/** Tasks that the file does not name belong to the legacy. What the defaults say of requests means nothing to them. */
function backgroundRows({ background }: TableConfig): BackgroundRow[] {
  const named = new Map(background.map((task) => [task.name, task]));
  return BACKGROUND_TASKS.map((name) => {
    const task = named.get(name);
    const layers = [...(task === undefined ? [] : [task.evidence]), { ...NOTHING_SAID, gate: SCHEDULER_GATE }];
    const { sample, compare, gate } = mergeEvidence(layers);
    const jobs = Object.freeze(Object.fromEntries((task?.jobs ?? []).map((job) => [job.id, job.owner])));
    return Object.freeze({ name, owner: task?.owner ?? 'legacy', jobs, sample, compare, gate });
  });
}
