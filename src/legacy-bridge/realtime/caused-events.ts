/** Which events the legacy emits because of which event of a client (contract of the sockets, 3 to 5). */

const RELAYED = ['list_agent_windows', 'agent_window_list', 'ansible_playbook_run', 'ansible_playbook_cancel'] as const;

const CAUSED: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...RELAYED.map((event): [string, readonly string[]] => [event, [event]]),
  ['connect_agent', []],
  ['agent_heartbeat', []],
  ['collector_status', []],
  ['request_config', ['agent_config']],
  ['screenshot', ['new_screenshot']],
  ['agent_screenshot_task', ['agent_screenshot_task']],
  ['macro_status', ['macro_status']],
  ['quick_job_result', ['device_activity_changed']],
  ['job_status_request', ['job_status']],
]);

/** Whether an emission may be of a client's event. Of events that the contract does not know anything may be. */
export function mayCause(event: string, emitted: string): boolean {
  return CAUSED.get(event)?.includes(emitted) ?? true;
}
