/** The registry of agents as operators' pages see it (sockets 6). Open to anyone, as in the legacy. */
import { buildProvisionRequest } from '../../builders/provision-request.js';
import type { AgentRegistryService } from '../../services/agent-registry-service.js';
import type { ShownAgent } from '../../services/shown-agents.js';
import { jsonAnswer } from './http-answer.js';
import type { HttpRoute } from './http-route.js';
import { liveViewPage } from './live-view-page.js';

export function agentRegistryRoutes(registry: AgentRegistryService): readonly HttpRoute[] {
  return [
    {
      rule: '/api/agents',
      handlers: {
        GET: async (_request, context) => {
          const shown = registry.list(context).map((agent) => [agent.entry.agentId, agentObject(agent)]);
          return jsonAnswer(200, Object.fromEntries(shown));
        },
      },
    },
    {
      rule: '/api/agent/:agent_id',
      handlers: {
        DELETE: async ({ params }, context) => {
          registry.forget(params.agent_id ?? '', context);
          return jsonAnswer(200, { status: 'removed' });
        },
      },
    },
    {
      rule: '/api/agent/provision',
      handlers: {
        POST: async (request, context) => {
          const { agentId, roles } = buildProvisionRequest(await request.body(), request.headers['content-type']);
          registry.provision(agentId, roles, context);
          return jsonAnswer(200, { status: 'provisioned', roles });
        },
      },
    },
    {
      rule: '/api/agent/:agent_id/node/:node_id/screenshot/live',
      handlers: { GET: async ({ params }) => liveViewPage(params.agent_id ?? '', params.node_id ?? '') },
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
    collector_active_ts: entry.collectorActiveAt === undefined ? undefined : Math.floor(entry.collectorActiveAt / 1000),
  };
}
