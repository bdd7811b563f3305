/** A table as written, field by field with its lines: what the validators look at and what flips edit. */
import type { YAMLMap } from 'yaml';
import type { Side } from '../side.js';
import type { Access, Profile } from './access.js';
import type { EvidenceConfig } from './evidence-config.js';
import type { Place } from './problem-list.js';
import type { SocketsStage, Stage } from './stage.js';
import type { CohortKey, Requirement, RouteMatch } from './table-snapshot.js';

/** A stage with the line that names it. */
export interface StageConfig extends Place {
  readonly value: Stage;
}

/** What a canary says; kept when the row leaves that stage, for the next time. */
export interface CanaryConfig extends Place {
  readonly percent: number;
  readonly by: CohortKey;
}

export type RequirementConfig = Requirement & Place;
export type MatchConfig = RouteMatch & Place;

/** What rows, groups and the defaults have in common. */
export interface StagedConfig extends Place {
  readonly node: YAMLMap;
  readonly stage: StageConfig | undefined;
  readonly canary: CanaryConfig | undefined;
  readonly fallback: 'legacy' | 'none' | undefined;
  readonly timeoutMs: number | undefined;
  readonly requires: readonly RequirementConfig[];
  readonly evidence: EvidenceConfig;
}

export interface GroupConfig extends StagedConfig {
  readonly id: string;
}

/** Whom a row lets in, with the line that says so. */
export interface AccessConfig extends Place {
  readonly value: Access;
}

/** What a row says of its callers; undefined is `public`, and for `hardened` the row's `access`. */
export interface CallersConfig {
  readonly access: AccessConfig | undefined;
  readonly hardened: AccessConfig | undefined;
}

/** Speaks for the default row. */
export type DefaultsConfig = StagedConfig & CallersConfig;

export interface RouteConfig extends StagedConfig, CallersConfig {
  readonly id: string;
  readonly group: (Place & { readonly value: string }) | undefined;
  readonly matches: readonly MatchConfig[];
}

export interface EventConfig extends StagedConfig {
  /** `event:<name>`. */
  readonly id: string;
  readonly event: string;
  readonly group: (Place & { readonly value: string }) | undefined;
  readonly both: boolean;
  /** The event is none that the project knows of, and that is meant. */
  readonly custom: boolean;
}

export interface SocketsConfig {
  readonly node: YAMLMap;
  readonly stage: (Place & { readonly value: SocketsStage }) | undefined;
  /** Undefined is true. */
  readonly relay: (Place & { readonly value: boolean }) | undefined;
  /** The map of the events, if the file has one. */
  readonly eventsNode: YAMLMap | undefined;
  readonly events: readonly EventConfig[];
}

export interface BackgroundConfig extends Place {
  readonly name: string;
  readonly owner: Side;
  /** Of the scheduler: jobs with an owner of their own, in the order of the file. */
  readonly jobs: readonly JobConfig[];
  readonly evidence: EvidenceConfig;
}

/** A job of the scheduler that another side runs than the others. */
export interface JobConfig extends Place {
  /** As written. */
  readonly id: string;
  readonly owner: Side;
}

export interface TableConfig {
  /** Undefined when the file has no `defaults`. */
  readonly defaults: DefaultsConfig | undefined;
  /** Undefined is `open`. */
  readonly profile: (Place & { readonly value: Profile }) | undefined;
  readonly groups: readonly GroupConfig[];
  readonly routes: readonly RouteConfig[];
  readonly sockets: SocketsConfig | undefined;
  readonly background: readonly BackgroundConfig[];
}

/** What a table that does not say otherwise means. */
export const TABLE_DEFAULTS = {
  profile: 'open',
  access: 'public',
  stage: 'legacy',
  timeoutMs: 30_000,
  fallback: 'legacy',
  sample: 100,
} as const;
