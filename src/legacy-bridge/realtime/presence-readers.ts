/**
 * Routes whose work rests on the entries of the registry that agents' events make, take over and keep alive (contract of the sockets, 6).
 * `POST /api/agent/provision` does too; it is among those that emit.
 */
export const PRESENCE_READERS = [
  ['GET', '/api/agents'],
  // 404 for an agent that has no entry.
  ['DELETE', '/api/agent/:agent_id'],
  ['GET', '/api/agent/hash'],
  // Of the hostname that an agent said goes the hash to its other entries, and into the answer.
  ['POST', '/api/agent/hash'],
  ['GET', '/api/agent/hash_list'],
  // When an agent was last heard goes into its device's row (agents-http 7.3).
  ['POST', '/api/agent/details'],
  // Refused for the entry of another guid, which a heartbeat of the same host would have taken over (7.4, 7.5).
  ['POST', '/api/agent/checkin'],
  ['POST', '/api/agent/service-account/rotate'],
] as const;
