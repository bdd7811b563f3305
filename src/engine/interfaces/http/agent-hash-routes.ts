/** The hashes of agents' builds (agents-http 8). Open to anyone, as in the legacy. */
import { agentHashQueryOf, agentHashQueryOfBody, buildAgentHashReport } from '../../builders/agent-hash.js';
import type { KnownAgentHash } from '../../domain/agent-hash.js';
import { EngineError } from '../../domain/engine-error.js';
import type { AgentHashService } from '../../services/agent-hash-service.js';
import { jsonAnswer } from './http-answer.js';
import type { HttpHandler, HttpRoute } from './http-route.js';

/** A few short texts. */
const BODY_LIMIT = 1_000_000;

export function agentHashRoutes(hashes: AgentHashService): readonly HttpRoute[] {
  return [
    {
      rule: '/api/agent/hash',
      handlers: { GET: findHash(hashes), POST: storeHash(hashes), HEAD: refuseHead },
    },
    {
      rule: '/api/agent/hash_list',
      handlers: {
        GET: async (_request, context) => jsonAnswer(200, { agents: (await hashes.list(context)).map(listed) }),
      },
    },
  ];
}

function findHash(hashes: AgentHashService): HttpHandler {
  return async (request, context) => {
    const named = agentHashQueryOf(request.query);
    const query =
      named.guid === '' && named.agentId === ''
        ? agentHashQueryOfBody(await request.body(BODY_LIMIT), request.headers['content-type'])
        : named;
    const known = await hashes.find(query, context);
    if (known === undefined) throw new EngineError('agent_hash_not_found');
    return jsonAnswer(200, {
      agent_hash: known.hash,
      source: known.source,
      agent_id: known.agentId,
      agent_guid: known.guid,
      hostname: known.hostname,
    });
  };
}

function storeHash(hashes: AgentHashService): HttpHandler {
  return async (request, context) => {
    const report = buildAgentHashReport(await request.body(BODY_LIMIT), request.headers['content-type']);
    const stored = await hashes.store(report, context);
    if (stored !== undefined)
      return jsonAnswer(200, {
        status: 'ok',
        agent_hash: stored.hash,
        agent_id: stored.agentId,
        hostname: stored.hostname,
        agent_guid: stored.guid,
      });
    const named = report.agentId === '' ? { agent_guid: report.guid } : { agent_id: report.agentId };
    return jsonAnswer(200, { status: 'ignored', agent_hash: report.hash, ...named });
  };
}

/** Legacy quirk: HEAD is served as a POST, which has nothing to store. */
const refuseHead: HttpHandler = async () => {
  throw new EngineError('agent_hash_required');
};

function listed({ agentId, guid, hostname, hash, source }: KnownAgentHash) {
  return {
    agent_id: agentId ?? null,
    agent_guid: guid ?? null,
    hostname: hostname ?? null,
    agent_hash: hash || null,
    source,
  };
}
