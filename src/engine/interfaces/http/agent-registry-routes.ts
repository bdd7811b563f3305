/** The registry of agents as operators' pages see it (sockets 6). Open to anyone, as in the legacy. */
import { EngineError } from '../../domain/engine-error.js';
import { type ShownAgent, shownAgents } from '../../services/shown-agents.js';
import { jsonAnswer } from './http-answer.js';
import type { HttpRoute } from './http-route.js';

export function agentRegistryRoutes(): readonly HttpRoute[] {
  return [
    {
      rule: '/api/agents',
      handlers: {
        GET: async (_request, { agents, clock }) => {
          const shown = shownAgents(agents.list(), clock.now());
          return jsonAnswer(200, Object.fromEntries(shown.map((agent) => [agent.entry.agentId, agentObject(agent)])));
        },
      },
    },
    {
      rule: '/api/agent/:agent_id',
      handlers: {
        DELETE: async ({ params }, { agents }) => {
          if (!agents.forget(params.agent_id ?? '')) throw new EngineError('agent_not_found');
          return jsonAnswer(200, { status: 'removed' });
        },
      },
    },
  ];
}

function agentObject({ entry, hostname, serviceMode, collectorActive }: ShownAgent) {
  return {
    agent_id: entry.announced ? entry.agentId : undefined,
    hostname,
    agent_operating_system: entry.operatingSystem,
    device_type: entry.deviceType,
    last_seen: entry.lastSeen,
    status: entry.status,
    service_mode: serviceMode,
    is_script_agent: entry.isScriptAgent,
    agent_hash: entry.hash,
    agent_guid: entry.guid,
    collector_active: collectorActive,
  };
}
