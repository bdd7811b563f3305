/** The events of namespace `/` that clients send, by name (contract of the sockets, "What holds for every event"). Names are case-sensitive. */

/** Those that the legacy has a handler for, with what they are for. */
const OF_LEGACY = {
  connect_agent: 'An agent says who it is, and joins the room of its id.',
  agent_heartbeat: 'An agent says that it lives, on which host.',
  collector_status: 'An agent says that it collects, and who uses the host: online for the scheduler.',
  request_config: 'An agent asks for its configuration.',
  screenshot: "A picture of an agent's screen, told to all.",
  agent_screenshot_task: 'A picture of one of its screens, told to all.',
  macro_status: 'How a macro goes, told to all.',
  list_agent_windows: "A question for an agent's windows, told to all.",
  agent_window_list: 'The answer to that, told to all.',
  ansible_playbook_run: 'A playbook to be run, told to all.',
  ansible_playbook_cancel: 'A playbook to be ended, told to all.',
  quick_job_result: "The result of a quick run or of a job's run; written, and told to all.",
} as const;

/** Those that the legacy has no handler for: there nothing happens. */
const OF_ENGINE = {
  job_status_request: 'A question for the jobs. The legacy does not answer it, the engine does.',
} as const;

/** Those that one registry takes in: who an agent is, that it lives, and that its host is online for the scheduler. */
export const PRESENCE_EVENTS = [
  'connect_agent',
  'agent_heartbeat',
  'collector_status',
] as const satisfies readonly (keyof typeof OF_LEGACY)[];

export type PresenceEvent = (typeof PRESENCE_EVENTS)[number];

export const LEGACY_EVENTS: readonly string[] = Object.keys(OF_LEGACY);
export const CLIENT_EVENT_MEANINGS: Readonly<Record<string, string>> = { ...OF_LEGACY, ...OF_ENGINE };
export const CLIENT_EVENTS: readonly string[] = Object.keys(CLIENT_EVENT_MEANINGS);

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
