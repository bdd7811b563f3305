/** The thread that compares large bodies: some milliseconds of work that no client's request should stand behind. */
import { workerData } from 'node:worker_threads';
import { answerQuestions } from '../../../legacy-bridge/threads/answer-questions.js';
import type { Answered } from '../comparer.js';
import type { ComparedRequest, ComparisonInput, SideOutcome } from '../comparison.js';
import { createComparer } from '../create-comparer.js';
import { createNoiseModel, type NoisyPath } from '../noise/noise-model.js';
import type { NoiseView } from '../noise/noise-view.js';
import { createRedactor } from '../redaction/create-redactor.js';
import { pairDocument } from '../store/pair-document.js';
import type { ComparingAnswer, ComparingQuestion, ComparingThreadData } from './comparing-messages.js';

const { redaction } = workerData as ComparingThreadData;
// A Buffer arrives as a Uint8Array.
const redactor = createRedactor({ ...redaction, key: Buffer.from(redaction.key) });
const comparer = createComparer({ redactor, now: Date.now });

answerQuestions((question: ComparingQuestion): ComparingAnswer => {
  if (question.kind === 'disagreement') {
    const request = withBuffer(question.request);
    const [first, second] = [answeredWithBuffer(question.first), answeredWithBuffer(question.second)];
    return comparer.selfDisagreement(request, first, second, request.row.compare);
  }
  const input = inputWithBuffers(question.input);
  if (question.kind === 'document') return pairDocument(input, question.result, question.identity, redactor);
  const { row } = input.request;
  return comparer.compare(input, row.compare, viewOf(row.id, question.noise));
});

function viewOf(row: string, paths: readonly NoisyPath[]): NoiseView {
  const at = Date.now();
  return createNoiseModel({ now: () => at }, { rows: { [row]: { at, paths } } }).view(row);
}

function inputWithBuffers(input: ComparisonInput): ComparisonInput {
  return {
    ...input,
    request: withBuffer(input.request),
    legacy: outcomeWithBuffer(input.legacy),
    engine: outcomeWithBuffer(input.engine),
  };
}

function withBuffer(request: ComparedRequest): ComparedRequest {
  return { ...request, body: asBuffer(request.body) };
}

function outcomeWithBuffer(side: SideOutcome): SideOutcome {
  return side.outcome === 'answered' ? answeredWithBuffer(side) : side;
}

function answeredWithBuffer(side: Answered): Answered {
  return { ...side, answer: { ...side.answer, body: asBuffer(side.answer.body) } };
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
