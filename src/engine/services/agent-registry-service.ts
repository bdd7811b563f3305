/** The registry of agents as operators see it, clear it, and tell agents what to do (sockets 4.5, 6). */
import { EngineError } from '../domain/engine-error.js';
import type { AgentRoles, RequestContext } from './request-context.js';
import { type ShownAgent, shownAgents } from './shown-agents.js';

export class AgentRegistryService {
  /** One per hostname and mode. */
  list({ agents, clock }: RequestContext): readonly ShownAgent[] {
    return shownAgents(agents.list(), clock.now());
  }

  /** Until the agent is heard of again. @throws EngineError `agent_not_found` */
  forget(agentId: string, { agents, configurations }: RequestContext): void {
    configurations.forget(agentId);
    if (!agents.forget(agentId)) throw new EngineError('agent_not_found');
  }

  /** Keeps the roles, for an agent never seen too, and tells whoever joined as this agent. */
  provision(agentId: string, roles: AgentRoles, { agents, configurations, events }: RequestContext): void {
    configurations.keep(agentId, roles);
    if (agents.find(agentId) !== undefined) agents.learn(agentId, { status: 'provisioned' });
    events.emit('agent_config', { roles, agent_id: agentId }, agentId);
  }

  /** Tells whoever asks; nothing for an agent that was never provisioned. */
  tellConfiguration(agentId: string, { configurations, events }: RequestContext): void {
    const roles = configurations.find(agentId);
    if (roles !== undefined) events.emitToSender('agent_config', { roles });
  }
}
