/** The thread that the comparisons' SQL runs in: disks that stall, locks and vacuums stop nothing but it. */
import { workerData } from 'node:worker_threads';
import { answerQuestions } from '../../../legacy-bridge/threads/answer-questions.js';
import { openComparisonDatabase } from './comparison-database.js';
import type { StoreQuestion, StoreWorkerData } from './store-calls.js';

const { file, limits } = workerData as StoreWorkerData;
const database = openComparisonDatabase(file, limits);

answerQuestions(({ name, args }: StoreQuestion) =>
  (database[name] as (...given: readonly unknown[]) => unknown)(...args),
);
