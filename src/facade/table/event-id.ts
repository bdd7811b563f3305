/** How events are named among rows, groups and tasks. */
export const EVENT_PREFIX = 'event:';

/** @returns the event that an id such as `event:agent_heartbeat` names; undefined for ids of something else */
export function eventOf(id: string): string | undefined {
  return id.startsWith(EVENT_PREFIX) ? id.slice(EVENT_PREFIX.length) : undefined;
}
