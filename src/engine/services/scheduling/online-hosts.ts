/** Which hosts jobs are sent to (scheduler 7.1): those whose collector lately reported to this process. */
import type { AgentMemory } from '../request-context.js';

/** Since the last report. */
const ONLINE_MS = 300_000;

/** By exact hostname. @param now epoch milliseconds */
export function onlineHosts(agents: AgentMemory, now: number): ReadonlySet<string> {
  const online = new Set<string>();
  for (const { hostname, collectorActiveAt } of agents.list())
    if (hostname !== undefined && collectorActiveAt !== undefined && now - collectorActiveAt <= ONLINE_MS)
      online.add(hostname);
  return online;
}
