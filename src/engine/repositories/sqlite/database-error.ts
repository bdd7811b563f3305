/** Turns failures of SQLite into the engine's codes. Constraint violations are left as they are: services expect them. */
import Database from 'better-sqlite3';
import { EngineError } from '../../domain/engine-error.js';
import { isBusy } from './retry-while-busy.js';

export function databaseError(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError) || error.code.startsWith('SQLITE_CONSTRAINT')) return error;
  return new EngineError(isBusy(error) ? 'database_busy' : 'database_unavailable', { cause: error });
}
