/** Routes that answer from what agents say of being there (contract of the sockets, 6). */
export const PRESENCE_READERS = [
  ['GET', '/api/agents'],
  ['GET', '/api/agent/hash'],
  ['GET', '/api/agent/hash_list'],
] as const;
