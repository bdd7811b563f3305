/** The registry of agents as operators see it and clear it (sockets 6). */
import { EngineError } from '../domain/engine-error.js';
import type { RequestContext } from './request-context.js';
import { type ShownAgent, shownAgents } from './shown-agents.js';

export class AgentRegistryService {
  /** One per hostname and mode. */
  list({ agents, clock }: RequestContext): readonly ShownAgent[] {
    return shownAgents(agents.list(), clock.now());
  }

  /** Until the agent is heard of again. @throws EngineError `agent_not_found` */
  forget(agentId: string, { agents }: RequestContext): void {
    if (!agents.forget(agentId)) throw new EngineError('agent_not_found');
  }
}
