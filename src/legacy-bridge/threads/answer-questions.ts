/** The thread's end of an `AskedThread`. */
import { parentPort } from 'node:worker_threads';
import type { ThreadQuestion, ThreadReply } from './thread-messages.js';

/**
 * Answers each question that comes. What is thrown fails the question, not the thread.
 * @param answer may tell news before it answers; those of a question that nobody waits for go nowhere, as its answer does
 * @throws TypeError outside of a thread
 */
export function answerQuestions<Question, Answer, News = never>(
  answer: (question: Question, tell: (news: News) => void) => Answer | Promise<Answer>,
): void {
  const port = parentPort;
  if (port === null) throw new TypeError('answerQuestions is for worker threads');
  port.on('message', async ({ id, question }: ThreadQuestion<Question>) => {
    const post = (reply: ThreadReply<Answer, News>): void => {
      if (id !== 0) port.postMessage(reply);
    };
    try {
      post({ id, answer: await answer(question, (news) => post({ id, news })) });
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      const code = 'code' in error ? String(error.code) : '';
      // An error of another class comes over as a plain one, but for what hangs on it.
      post({ id, code, error: Object.assign(new Error(error.message), { stack: error.stack }) });
    }
  });
}
