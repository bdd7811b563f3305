/** Which hosts jobs are sent to (scheduler 7.1): those whose collector lately reported to this process. */
import { isOnline, ONLINE_MS } from '../../domain/agent-entry.js';
import type { AgentMemory } from '../request-context.js';

/** By exact hostname. @param now epoch milliseconds */
export function onlineHosts(agents: AgentMemory, now: number): ReadonlySet<string> {
  const online = new Set<string>();
  for (const entry of agents.list())
    if (entry.hostname !== undefined && isOnline(entry, now)) online.add(entry.hostname);
  return online;
}

/** Whether a collector has reported for as long as a host counts as online: all that are there have been heard. @param now epoch milliseconds */
export function isPresenceKnown(agents: AgentMemory, now: number): boolean {
  for (const entry of agents.list()) {
    const { collectorSince = Number.POSITIVE_INFINITY } = entry;
    if (isOnline(entry, now) && collectorSince <= now - ONLINE_MS) return true;
  }
  return false;
}
