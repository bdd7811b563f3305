/** What agents say of themselves: into the registry, and from there to the devices' rows (sockets 4). */
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import {
  type AgentEntry,
  type AgentFacts,
  isOnline,
  isScriptHelper,
  type ServiceMode,
  serviceModeOf,
} from '../domain/agent-entry.js';
import type { AgentConnect, AgentHeartbeat, CollectorReport, PresenceNote } from '../domain/presence.js';
import type { RequestContext } from './request-context.js';

export class PresenceService {
  async connect({ agentId, serviceMode }: AgentConnect, context: RequestContext): Promise<void> {
    const { agents, configurations, clock } = context;
    const known = agents.find(agentId);
    const hostname = known?.hostname ?? 'unknown';
    const lastSeen = secondsOf(clock.now());
    agents.learn(agentId, {
      ...modeFacts(serviceModeOf(serviceMode, agentId), agentId),
      announced: true,
      hostname,
      operatingSystem: known?.operatingSystem ?? '-',
      lastSeen,
      status: configurations.find(agentId) === undefined ? 'orphaned' : 'provisioned',
    });
    await persist({ hostname, lastSeen, agentId }, context);
  }

  async heartbeat(beat: AgentHeartbeat, context: RequestContext): Promise<void> {
    const { agentId, hostname, operatingSystem } = beat;
    const { agents, configurations, clock } = context;
    const mode = serviceModeOf(beat.serviceMode, agentId);
    const lastSeen = beat.lastSeen || secondsOf(clock.now());
    if (hostname !== undefined) {
      const holder = takeOver(agentId, hostname, mode, context);
      if (holder !== undefined) {
        await persist({ hostname, lastSeen, agentId: holder.agentId }, context);
        return;
      }
    }
    const known = agents.find(agentId);
    const isProvisioned = configurations.find(agentId) !== undefined;
    agents.learn(agentId, {
      ...modeFacts(mode, agentId),
      announced: true,
      ...(hostname === undefined ? {} : { hostname }),
      ...(operatingSystem === undefined ? {} : { operatingSystem }),
      lastSeen,
      status: isProvisioned ? 'provisioned' : (known?.status ?? 'orphaned'),
    });
    await persist({ hostname: hostname ?? known?.hostname ?? '', lastSeen, agentId }, context);
  }

  async collect({ agentId, serviceMode, ...report }: CollectorReport, context: RequestContext): Promise<void> {
    const { agents, clock } = context;
    agents.learn(agentId, {
      announced: true,
      ...(report.hostname === undefined ? {} : { hostname: report.hostname }),
      ...(report.active ? activeAt(clock.now(), agents.find(agentId)) : {}),
      serviceMode: serviceModeOf(serviceMode, agentId),
    });
    const hostname = report.hostname ?? agents.find(agentId)?.hostname ?? '';
    if (report.lastUser !== undefined && isPerson(report.lastUser, agentId))
      await persist({ hostname, lastUser: report.lastUser }, context);
  }
}

/** What a collector's report changes. @param now epoch milliseconds */
export function activeAt(now: number, known: AgentEntry | undefined): AgentFacts {
  const since = known !== undefined && isOnline(known, now) ? known.collectorSince : undefined;
  return { collectorActiveAt: now, collectorSince: since ?? now };
}

/**
 * Other entries of the host and mode go, with their configurations, the first of which passes on. A helper beside an agent proper
 * takes over nothing: it is as if the agent had been heard.
 * @returns the agent that stays in the helper's place
 */
function takeOver(
  agentId: string,
  hostname: string,
  mode: ServiceMode,
  { agents, configurations }: RequestContext,
): AgentEntry | undefined {
  for (const entry of agents.ofHostAndMode(hostname, mode)) {
    if (entry.agentId === agentId) continue;
    if (isScriptHelper(agentId) && entry.isScriptAgent !== true) return entry;
    const roles = configurations.find(entry.agentId);
    agents.forget(entry.agentId);
    configurations.forget(entry.agentId);
    if (roles !== undefined && configurations.find(agentId) === undefined) configurations.keep(agentId, roles);
  }
  return undefined;
}

function modeFacts(mode: ServiceMode, agentId: string): AgentFacts {
  return { serviceMode: mode, ...(isScriptHelper(agentId) ? { isScriptAgent: mode !== 'currentuser' } : {}) };
}

async function persist(note: PresenceNote, { presence }: RequestContext): Promise<void> {
  if (note.hostname === '' || trimmed(note.hostname).toLowerCase() === 'unknown') return;
  await presence.note(note);
}

function secondsOf(now: number): bigint {
  return BigInt(Math.floor(now / 1000));
}

const SERVICE_NAMES = ['\\SYSTEM', '\\LOCAL SERVICE', '\\NETWORK SERVICE'];

/** Whether somebody sits at the machine, as far as the name tells; service agents do not know (sockets 4.3). */
export function isPerson(lastUser: string, agentId: string): boolean {
  const name = trimmed(lastUser).toUpperCase();
  if (name.endsWith('$') || name.includes('NT AUTHORITY\\') || name.includes('NT SERVICE\\')) return false;
  if (name === 'ANONYMOUS LOGON' || SERVICE_NAMES.some((service) => name.endsWith(service))) return false;
  return isScriptHelper(agentId) || serviceModeOf('', agentId) !== 'system';
}
