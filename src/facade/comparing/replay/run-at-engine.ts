/** Sends one request to the engine as a dry run, outside of all traffic. */
import { DRY_RUN_HEADER, DRY_RUN_VERSION, type DryRunReply } from '../../../legacy-bridge/effects/dry-run-protocol.js';
import { EffectsError } from '../../../legacy-bridge/effects/effects-error.js';
import { parseDryRunReply } from '../../../legacy-bridge/effects/parse-dry-run-reply.js';
import { reasonOf } from '../../forwarding/ask-side.js';
import type { SideTarget } from '../../forwarding/side-target.js';
import type { HeaderList } from '../redaction/redactor.js';

export interface ReplayRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  readonly body: Buffer;
}

/** What the engine would answer, or why that can't be known. */
export type EngineRun = (
  request: ReplayRequest,
) => Promise<DryRunReply | { readonly outcome: 'no-answer'; readonly why: string }>;

const ANSWER_MS = 10_000;
const MOST_REPLY_BYTES = 64 * 1024 * 1024;

export function runAtEngine({ dispatcher, servername }: SideTarget): EngineRun {
  return async ({ method, target, headers, body }) => {
    try {
      const answer = await dispatcher.request({
        method: method as 'GET',
        path: target,
        headers: [...headers.flat(), DRY_RUN_HEADER, DRY_RUN_VERSION],
        ...(body.length === 0 ? {} : { body }),
        signal: AbortSignal.timeout(ANSWER_MS),
        ...{ servername },
      });
      if (answer.statusCode !== 200 || answer.headers[DRY_RUN_HEADER] === undefined) {
        await answer.body.dump();
        return { outcome: 'no-answer', why: `what answers there makes no dry runs (status ${answer.statusCode})` };
      }
      return parseDryRunReply(await readBounded(answer.body));
    } catch (error) {
      if (error instanceof EffectsError) return { outcome: 'no-answer', why: error.message };
      return { outcome: 'no-answer', why: `the engine did not answer (${reasonOf(error)})` };
    }
  };
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MOST_REPLY_BYTES) throw new EffectsError('reply_unreadable', 'the reply is larger than is read');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
