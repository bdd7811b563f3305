/** The comparisons in facade.db: all that the store's worker does, in one place. Synchronous; belongs in no thread that serves traffic. */
import Database from 'better-sqlite3';
import { ComparisonWriter } from './comparison-writer.js';
import type { EvidenceLimits } from './evidence-limits.js';
import { EvidenceReader } from './evidence-reader.js';
import { PairReader } from './pair-reader.js';
import type { StoreCalls } from './store-calls.js';
import { sweep } from './sweep.js';

/** How long a write waits for others' locks, milliseconds. Only the worker waits. */
const BUSY_MS = 2000;

/**
 * @param file facade.db; its schema must be up to date, which `openFacadeDb` sees to
 * @throws SqliteError
 */
export function openComparisonDatabase(file: string, limits: EvidenceLimits): StoreCalls {
  const database = new Database(file, { timeout: BUSY_MS, fileMustExist: true });
  // Counts may lose their last seconds to a power cut; waiting for the disk at each write is not worth them.
  database.pragma('synchronous = NORMAL');
  return comparisonCalls(database, limits);
}

export function comparisonCalls(database: Database.Database, limits: EvidenceLimits): StoreCalls {
  const writer = new ComparisonWriter(database, limits);
  const evidence = new EvidenceReader(database);
  const pairs = new PairReader(database);
  const loadNoise = database.prepare<[], string>('SELECT state FROM comparison_noise').pluck();
  const saveNoise = database.prepare<[number, string]>(
    `INSERT INTO comparison_noise VALUES (1, ?, ?)
     ON CONFLICT DO UPDATE SET at = excluded.at, state = excluded.state`,
  );
  return {
    write: (batch) => writer.write(batch),
    evidence: (subjects) => evidence.evidence(subjects),
    pairs: (filter) => pairs.list(filter),
    wholePairs: (filter) => pairs.listWhole(filter),
    pair: (id) => pairs.pair(id),
    loadNoise: () => loadNoise.get(),
    saveNoise: (state) => void saveNoise.run(Date.now(), state),
    sweep: (now) => sweep(database, limits, now),
    close: () => void database.close(),
  };
}
