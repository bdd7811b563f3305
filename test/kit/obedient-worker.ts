/** A thread that does as it is told. */
import { threadId } from 'node:worker_threads';
import { answerQuestions } from '../../src/legacy-bridge/threads/answer-questions.js';

export type Order =
  | { readonly say: string }
  /** Without a pause, so that nothing else is heard of the thread. */
  | { readonly standMs: number }
  /** Answers after so many words, with pauses between them. */
  | { readonly words: number; readonly everyMs: number }
  | { readonly fail: string; readonly code?: string }
  | { readonly exit: true }
  | { readonly thread: true };

let said = 0;

answerQuestions<Order, unknown, number>(async (order, tell) => {
  if ('say' in order) return `${order.say} ${++said}`;
  if ('thread' in order) return threadId;
  if ('fail' in order)
    throw Object.assign(new RangeError(order.fail), order.code === undefined ? {} : { code: order.code });
  if ('exit' in order) process.exit();
  if ('standMs' in order) return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, order.standMs);
  for (let word = 1; word <= order.words; word += 1) {
    await new Promise((resolve) => setTimeout(resolve, order.everyMs));
    tell(word);
  }
  return 'all said';
});
