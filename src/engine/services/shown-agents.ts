/** The agents as operators' pages list them: one per hostname and mode (sockets 6). Pure. */
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import { type AgentEntry, isScriptHelper, type ServiceMode, serviceModeOf } from '../domain/agent-entry.js';

/** A collector counts as active for this long after its report. */
const COLLECTOR_SHOWN_MS = 130_000;

export interface ShownAgent {
  readonly entry: AgentEntry;
  /** `unknown` when there is none. */
  readonly hostname: string;
  readonly serviceMode: ServiceMode;
  readonly collectorActive: boolean;
}

/**
 * Helpers of mode `system` are hidden; of several entries of a hostname and mode the one seen last is shown, the later
 * registered on a tie.
 * @param now epoch milliseconds
 */
export function shownAgents(entries: Iterable<AgentEntry>, now: number): readonly ShownAgent[] {
  const best = new Map<string, ShownAgent>();
  for (const entry of entries) {
    const serviceMode = serviceModeOf(entry.serviceMode, entry.agentId);
    if (serviceMode === 'system' && (isScriptHelper(entry.agentId) || entry.isScriptAgent === true)) continue;
    const hostname = trimmed(entry.hostname ?? '') || 'unknown';
    const key = `${serviceMode} ${hostname}`;
    const rival = best.get(key);
    if (rival !== undefined && (entry.lastSeen ?? 0n) < (rival.entry.lastSeen ?? 0n)) continue;
    const collectorActive = now - (entry.collectorActiveAt ?? Number.NEGATIVE_INFINITY) < COLLECTOR_SHOWN_MS;
    best.set(key, { entry, hostname, serviceMode, collectorActive });
  }
  return [...best.values()];
}
