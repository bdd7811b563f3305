/** The observer's thread. */
import { workerData } from 'node:worker_threads';
import { answerQuestions } from '../threads/answer-questions.js';
import type { ObserverAnswer, ObserverNews, ObserverQuestion, ObserverThreadData } from './observer-messages.js';
import { SnapshotPool } from './snapshot-pool.js';

const { file, limits } = workerData as ObserverThreadData;
const pool = new SnapshotPool(file, limits, () => performance.now());

answerQuestions<ObserverQuestion, ObserverAnswer, ObserverNews>((question, tell) => {
  if (question.kind === 'finish') return pool.finish(question.id, question.engine, tell);
  if (question.kind === 'open') pool.open(question.id);
  else pool.close(question.id);
  return undefined;
});
