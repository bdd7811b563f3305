/** Fernet tokens, in which the legacy keeps passwords and private keys (operators 2.3). No age limit, as there. */
import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';

const VERSION = 0x80;
const HEAD_LENGTH = 1 + 8 + 16;
const MAC_LENGTH = 32;
const BLOCK_LENGTH = 16;

/** Both halves of a key. */
export interface FernetKey {
  readonly signing: Buffer;
  readonly encryption: Buffer;
}

/** A key from its 44 characters of base64url. @returns undefined when the text is none */
export function readFernetKey(text: string): FernetKey | undefined {
  if (!/^[\w-]{43}=$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return { signing: bytes.subarray(0, 16), encryption: bytes.subarray(16) };
}

/**
 * @param now epoch seconds
 * @param iv 16 random bytes
 */
export function sealFernet(text: string, key: FernetKey, now: number, iv: Buffer): string {
  const cipher = createCipheriv('aes-128-cbc', key.encryption, iv);
  const head = Buffer.alloc(HEAD_LENGTH);
  head.writeUInt8(VERSION, 0);
  head.writeBigUInt64BE(BigInt(now), 1);
  iv.copy(head, 9);
  const signed = Buffer.concat([head, cipher.update(text, 'utf8'), cipher.final()]);
  return paddedBase64Url(Buffer.concat([signed, macOf(signed, key)]));
}

/** @returns the text; undefined for what is no token of this key */
export function openFernet(token: string, key: FernetKey): string | undefined {
  if (!/^[\w-]+={0,2}$/.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  const length = bytes.length - HEAD_LENGTH - MAC_LENGTH;
  if (bytes[0] !== VERSION || length < BLOCK_LENGTH || length % BLOCK_LENGTH !== 0) return undefined;
  const signed = bytes.subarray(0, -MAC_LENGTH);
  if (!timingSafeEqual(macOf(signed, key), bytes.subarray(-MAC_LENGTH))) return undefined;
  const decipher = createDecipheriv('aes-128-cbc', key.encryption, signed.subarray(9, HEAD_LENGTH));
  return Buffer.concat([decipher.update(signed.subarray(HEAD_LENGTH)), decipher.final()]).toString('utf8');
}

/** Whether a text has the form of a Fernet token, of whatever key. */
export function looksLikeFernet(token: string): boolean {
  return /^gAAAAA[\w-]{90,}={0,2}$/.test(token);
}

function macOf(signed: Buffer, { signing }: FernetKey): Buffer {
  return createHmac('sha256', signing).update(signed).digest();
}

/** The legacy's library wants the padding that base64url in Node leaves out. */
function paddedBase64Url(bytes: Buffer): string {
  const text = bytes.toString('base64url');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}
