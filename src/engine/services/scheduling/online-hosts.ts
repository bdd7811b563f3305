/** Which hosts jobs are sent to (scheduler 7.1): those whose collector lately reported to this process. */
import { isOnline } from '../../domain/agent-entry.js';
import type { AgentMemory } from '../request-context.js';

/** By exact hostname. @param now epoch milliseconds */
export function onlineHosts(agents: AgentMemory, now: number): ReadonlySet<string> {
  const online = new Set<string>();
  for (const entry of agents.list())
    if (entry.hostname !== undefined && isOnline(entry, now)) online.add(entry.hostname);
  return online;
}
