/** An answer as `send-answer.ts` would send it, in one piece. */
import type { DryRunAnswer } from '../../../legacy-bridge/effects/dry-run-protocol.js';
import type { BodyStream, HttpAnswer } from './http-answer.js';
import { sentHeaders, sentWithoutBody } from './send-answer.js';

/** More is not compared; inventories are some hundred kilobytes. */
const LONGEST_BODY = 16_000_000;

/** @returns the answer, or why it can't be had whole */
export async function wholeAnswer(method: string, answer: HttpAnswer): Promise<DryRunAnswer | string> {
  const { status, body } = answer;
  const headers = Object.entries(sentHeaders(answer)).flatMap(([name, value]) =>
    [value].flat().map((line) => [name, String(line)] as const),
  );
  if (sentWithoutBody(method, status)) return { status, headers, body: Buffer.alloc(0) };
  if (body.length > LONGEST_BODY) return `the body has ${body.length} bytes: at most ${LONGEST_BODY}`;
  const bytes = Buffer.isBuffer(body) ? body : await read(body);
  if (bytes.length !== body.length) return 'the body broke off';
  return { status, headers, body: bytes };
}

async function read(body: BodyStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of body.open() as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch {
    // A file that can't be read to its end is told by its length.
  }
  return Buffer.concat(chunks);
}
