/** What the engine remembers of an agent while it runs (sockets 4). Each field is present only once something set it. */
export interface AgentEntry {
  readonly agentId: string;
  /** Known by its row or by an event. False for entries that a check-in alone made, which show no id. */
  readonly announced?: boolean;
  readonly hostname?: string;
  readonly operatingSystem?: string;
  readonly deviceType?: string;
  /** Epoch seconds. */
  readonly lastSeen?: bigint;
  /** `Offline` when known from the table alone. */
  readonly status?: string;
  readonly serviceMode?: string;
  readonly isScriptAgent?: boolean;
  readonly hash?: string;
  /** In the form "agent" of agents-http 1.5. */
  readonly guid?: string;
  /** Epoch milliseconds of the collector's last report. */
  readonly collectorActiveAt?: number;
  /** Epoch milliseconds since when its reports have come without its host ever counting as offline. */
  readonly collectorSince?: number;
}

/** For how long after its collector's report a host counts as online for jobs (scheduler 7.1). */
export const ONLINE_MS = 300_000;

export function isOnline({ collectorActiveAt }: Pick<AgentEntry, 'collectorActiveAt'>, now: number): boolean {
  return collectorActiveAt !== undefined && now - collectorActiveAt <= ONLINE_MS;
}

/** Fields that something learned of an agent; absent ones stay as they are. */
export type AgentFacts = Partial<Omit<AgentEntry, 'agentId'>>;

/** `system` or `currentuser`. */
export type ServiceMode = 'system' | 'currentuser';

const SYSTEM_WORDS: ReadonlySet<string> = new Set(['system', 'svc', 'service', 'system_service']);

/** Mode of a sent word and an agent id (sockets 4). */
export function serviceModeOf(word: string | undefined, agentId: string): ServiceMode {
  const mode = (word ?? '').trim().toLowerCase();
  if (SYSTEM_WORDS.has(mode)) return 'system';
  const id = agentId.toLowerCase();
  return mode === '' && (id.includes('-svc-') || id.endsWith('-svc')) ? 'system' : 'currentuser';
}

/** Ids of helper processes that run scripts beside an agent. */
export function isScriptHelper(agentId: string): boolean {
  return agentId.toLowerCase().endsWith('-script');
}
