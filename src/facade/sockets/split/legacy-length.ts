import type { WholePacket } from './packet-assembler.js';

/**
 * Whether the legacy would close the connection over one of the packet's messages (contract: sockets, 1): it counts a text's
 * characters with the digit that Engine.IO puts before it, and a binary message's bytes.
 */
export function exceedsLegacy(packet: WholePacket, most: number): boolean {
  return packet.some((message) => {
    if (typeof message !== 'string') return message.length > most;
    // Code units: never fewer than characters.
    if (message.length + 1 <= most) return false;
    return charactersOf(message) + 1 > most;
  });
}

function charactersOf(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    if ((text.codePointAt(at) ?? 0) > 0xffff) at += 1;
    count += 1;
  }
  return count;
}
