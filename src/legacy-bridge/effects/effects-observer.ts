/**
 * What the facade sees of the legacy's writes: a snapshot of the database before, and what differs from it after. Reads only, in
 * a thread of its own, so that no event loop waits for SQLite.
 */
import type { Effects } from './effects.js';

/** What the legacy, or whoever wrote meanwhile, did to the database. */
export interface SeenEffects {
  /** Rows by table and rowid; events and calls are always empty: a database shows neither. */
  readonly effects: Effects;
  /** A row was not what the engine's dry run met: someone wrote between the snapshot and the dry run. */
  readonly disturbed: boolean;
  /** Tables that were not looked through whole: of them new, deleted and named rows alone are told, or not even all of these. */
  readonly notSearched: readonly string[];
  readonly eventsSeen: false;
}

/** A snapshot of the database, held open. Must be finished or closed; it ends by itself at its age limit. */
export interface Observation {
  /**
   * Looks at the database again, and closes the observation.
   * @param engine what the dry run did: its rows are looked up by key, whatever the size of their tables
   * @param looked called once the second look is fixed: what is written from then on is not seen, however long the search takes
   * @throws EffectsError
   */
  finish(engine: Effects, looked?: () => void): Promise<SeenEffects>;
  /** Gives the snapshot up. May be called at any time, and again. */
  close(): void;
}

export interface EffectsObserver {
  /** Whether as many observations as may be are open, so that `open` would throw. */
  isFull(): boolean;
  /** Takes a snapshot. @throws EffectsError */
  open(): Promise<Observation>;
  /** Ends the thread; open observations reject. May be called again. */
  close(): Promise<void>;
}
