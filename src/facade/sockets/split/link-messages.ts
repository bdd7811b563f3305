/** Puts the engine's messages on the link together: a JSON text, then as many binary frames as it says. */
import type { ToFacade } from '../../../legacy-bridge/realtime/bridge-protocol.js';

type Field = 'string' | 'number';

/** Fields that each message must have; what else it has is passed over, so that an engine may say more. */
const FIELDS: Readonly<Record<ToFacade['type'], Readonly<Record<string, Field>>>> = {
  welcome: { version: 'number', build: 'string' },
  done: { number: 'number', outcome: 'string', attachments: 'number' },
  emit: { event: 'string', packet: 'string', attachments: 'number' },
};

export class LinkMessages {
  readonly #whole: (message: ToFacade, attachments: readonly Buffer[]) => void;
  #message: ToFacade | undefined;
  #missing = 0;
  #attachments: Buffer[] = [];

  constructor(whole: (message: ToFacade, attachments: readonly Buffer[]) => void) {
    this.#whole = whole;
  }

  /** @returns false for what can't be a message of the link: it is of no use any more */
  take(frame: string | Buffer): boolean {
    if (typeof frame !== 'string') {
      if (this.#missing === 0) return false;
      this.#missing -= 1;
      this.#attachments.push(frame);
      return this.#handOver();
    }
    if (this.#missing > 0) return false;
    const message = readMessage(frame);
    if (message === undefined) return false;
    this.#message = message;
    this.#missing = 'attachments' in message ? message.attachments : 0;
    return this.#handOver();
  }

  #handOver(): true {
    const message = this.#message;
    if (this.#missing > 0 || message === undefined) return true;
    const attachments = this.#attachments;
    this.#message = undefined;
    this.#attachments = [];
    this.#whole(message, attachments);
    return true;
  }
}

function readMessage(text: string): ToFacade | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // The caller ends the link and says so.
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const message = value as Readonly<Record<string, unknown>>;
  const type = message.type;
  if (type !== 'welcome' && type !== 'done' && type !== 'emit') return undefined;
  for (const [name, kind] of Object.entries(FIELDS[type])) if (typeof message[name] !== kind) return undefined;
  if (type === 'emit' && !isReceivers(message.to)) return undefined;
  if (message.ack !== undefined && typeof message.ack !== 'string') return undefined;
  return message as unknown as ToFacade;
}

function isReceivers(to: unknown): boolean {
  return to === 'all' || (Array.isArray(to) && to.every((session) => typeof session === 'string'));
}
