/** Marks writes of the engine's scheduler, for which the triggers that keep others from its jobs stand aside. */
import type { SqliteConnection } from './sqlite-connection.js';

const BEGIN = 'UPDATE engine_scheduler SET at_work = 1';
const END = 'UPDATE engine_scheduler SET at_work = 0';

/** Within a transaction, which must be rolled back when `work` throws: the mark must never be committed. */
export function whileAtWork<T>(connection: SqliteConnection, work: () => T): T {
  connection.run(BEGIN);
  const result = work();
  connection.run(END);
  return result;
}
