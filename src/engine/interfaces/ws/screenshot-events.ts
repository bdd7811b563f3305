/** Passes screenshots on, and keeps the latest of each agent and node (sockets 3). */
import { eventObject } from '../../builders/event-fields.js';
import type { EventArgument } from '../../domain/event-argument.js';
import { type EventValue, isTruthyEvent } from '../../domain/event-value.js';
import type { RequestContext } from '../../services/request-context.js';

/** To all, with an image or without. @throws EngineError `invalid_request` */
export function relayTask(argument: EventArgument, { events, screenshots }: RequestContext): void {
  const object = eventObject(argument);
  const [agentId, nodeId, image] = ['agent_id', 'node_id', 'image_base64'].map((name) => object.get(name));
  if (!isTruthyEvent(agentId) || !isTruthyEvent(nodeId)) return;
  if (isImage(image) && isId(agentId) && isId(nodeId)) screenshots.keep(image, agentId, nodeId);
  events.emit('agent_screenshot_task', argument.raw);
}

/** To all, without what else was sent. @throws EngineError `invalid_request` */
export function relayScreenshot(argument: EventArgument, { events, screenshots }: RequestContext): void {
  const object = eventObject(argument);
  const [agentId, image] = ['agent_id', 'image_base64'].map((name) => object.get(name));
  if (!isTruthyEvent(agentId) || !isTruthyEvent(image)) return;
  if (isImage(image) && isId(agentId)) screenshots.keep(image, agentId);
  events.emit('new_screenshot', { agent_id: agentId, image_base64: image });
}

/** Others are passed on, and not kept. */
function isId(value: EventValue | undefined): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 1024;
}

function isImage(value: EventValue | undefined): value is string | Buffer {
  return isTruthyEvent(value) && (typeof value === 'string' || Buffer.isBuffer(value));
}
