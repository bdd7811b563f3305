/** The id that follows a request through both sides and all logs. */
import { randomUUID } from 'node:crypto';

/** Longest id that is taken over from a client. */
export const LONGEST_REQUEST_ID = 128;

const SANE = /^[\x21-\x7e]{1,128}$/;

/** @returns the client's id when it is 1 to 128 visible ASCII characters, else a new UUID */
export function requestIdFrom(sent: string | undefined): string {
  return sent !== undefined && SANE.test(sent) ? sent : randomUUID();
}
