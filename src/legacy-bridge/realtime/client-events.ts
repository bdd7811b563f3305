/** The events of namespace `/` that clients send, by name (contract of the sockets, "What holds for every event"). Names are case-sensitive. */

/** Those that the legacy has a handler for. */
export const LEGACY_EVENTS = [
  'connect_agent',
  'agent_heartbeat',
  'collector_status',
  'request_config',
  'screenshot',
  'agent_screenshot_task',
  'macro_status',
  'list_agent_windows',
  'agent_window_list',
  'ansible_playbook_run',
  'ansible_playbook_cancel',
  'quick_job_result',
] as const;

/** Those that the engine alone answers: at the legacy nothing happens. */
export const ENGINE_EVENTS = ['job_status_request'] as const;

export const CLIENT_EVENTS: readonly string[] = [...LEGACY_EVENTS, ...ENGINE_EVENTS];

/**
 * Names that Socket.IO's libraries keep for themselves: no client can send such an event. What they stand for (a client
 * joins, leaves, is gone) is told to whoever takes part in the session, without a row.
 */
export const RESERVED_EVENTS: readonly string[] = [
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
];
