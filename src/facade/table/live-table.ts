/**
 * The migration table in force. Owns the snapshot, the file and the order of their changes: one change at a
 * time, each checked whole before anything is written, and none of them over an edit that has not been read.
 */
import { accessTable, changedTable, flippedTable, flippedTogether, ignoringTable } from './changed-table.js';
import { type CheckedTable, checkTable, digestOf } from './check-table.js';
import { lineDiff } from './line-diff.js';
import type {
  AccessRequest,
  FlipRequest,
  IgnoreRequest,
  MigrationTableStore,
  RollbackRequest,
  StageChange,
  TableProblem,
  TableVersion,
} from './migration-table-store.js';
import type { MigrationTableOptions } from './open-migration-table.js';
import { checkReason } from './plan-flip.js';
import { stageChanges } from './stage-changes.js';
import { TableError } from './table-error.js';
import { fingerprintOf, fingerprintWith, prepareReplacement, type Replacement, readSettled } from './table-file.js';
import type { NewTableVersion } from './table-history.js';
import type { TableSnapshot } from './table-snapshot.js';
import { type FileWatch, watchFile } from './watch-file.js';
import { whileBusy } from './while-busy.js';

type Listener = (next: TableSnapshot, previous: TableSnapshot) => void;
type Reason = Pick<TableVersion, 'who' | 'why' | 'cause'>;

/** A change that is to be made. */
interface PlannedChange {
  readonly next: CheckedTable;
  readonly reason: Reason;
  /** Also against what holds rows back. */
  readonly force?: boolean | undefined;
}

/** What became of a table that was to be published. `changed`: the file was edited in the meantime. */
type Published = { readonly version: TableVersion } | 'changed';

const MOST_TRIES = 5;
const BY_HAND = { who: 'file' } as const;

export class LiveTable implements MigrationTableStore {
  readonly #options: MigrationTableOptions;
  readonly #listeners = new Set<Listener>();
  #table: CheckedTable;
  /** Of the file as last looked at. */
  #fingerprint: string;
  #rejected:
    | { readonly problems: readonly TableProblem[]; readonly since: string; readonly digest: string }
    | undefined;
  /** Versions that came into force from the file while facade.db could not be written. */
  #unkept: NewTableVersion[] = [];
  /** Said once, not at each try. */
  #historyFails = false;
  /** Ends when all changes that were asked for are made or refused. */
  #queue: Promise<unknown> = Promise.resolve();
  #watch: FileWatch | undefined;
  #closed = false;

  private constructor(options: MigrationTableOptions, table: CheckedTable, fingerprint: string) {
    this.#options = options;
    this.#table = table;
    this.#fingerprint = fingerprint;
  }

  static async open(options: MigrationTableOptions): Promise<LiveTable> {
    const { text, fingerprint } = await readSettled(options.file);
    const newest = options.history.newest();
    const known = newest?.digest === digestOf(text);
    const version = newest === undefined ? 1 : known ? newest.version : newest.version + 1;
    const check = checkTable({ file: options.file, rules: options.rules, text, version });
    if (!check.ok)
      throw new TableError('table_invalid', `The migration table ${options.file} can not be used:`, {
        problems: check.problems,
      });
    const live = new LiveTable(options, check.table, fingerprint);
    if (!known) live.#keepStart(newest);
    live.#watch = watchFile(options.file, options, () => live.#lookSoon());
    return live;
  }

  current(): TableSnapshot {
    return this.#table.snapshot;
  }

  rejected(): { readonly problems: readonly TableProblem[]; readonly since: string } | undefined {
    return this.#rejected;
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  flip(request: FlipRequest): Promise<TableVersion> {
    return this.#change(() => {
      const { version } = this.current();
      if (request.ifVersion !== undefined && request.ifVersion !== version)
        throw new TableError(
          'table_moved',
          `The flip was decided on version ${request.ifVersion}, and ${version} is in force.`,
        );
      const next = flippedTable(this.#table, this.#options, request);
      return { next, reason: { who: request.who, why: request.why, cause: 'flip' }, force: request.force };
    });
  }

  flipTogether(
    moves: readonly Pick<FlipRequest, 'target' | 'stage'>[],
    { who, why }: Pick<FlipRequest, 'why' | 'who'>,
  ): Promise<TableVersion> {
    return this.#change(() => {
      const requests = moves.map((move) => ({ ...move, who, why }));
      return { next: flippedTogether(this.#table, this.#options, requests), reason: { who, why, cause: 'flip' } };
    });
  }

  ignore(request: IgnoreRequest): Promise<TableVersion> {
    return this.#change(() => {
      // It would begin evidence anew, and the gate would wait for its removal, all for nothing.
      if (Date.parse(request.expires) <= this.#options.now())
        throw new TableError(
          'rule_expired',
          `expires: expected a day that is still to come, found ${request.expires}.`,
        );
      const next = ignoringTable(this.#table, this.#options, request);
      const why = `Ignores ${request.path} of ${request.target}: ${request.why}`;
      return { next, reason: { who: request.who, why, cause: 'edit' } };
    });
  }

  setAccess(request: AccessRequest): Promise<TableVersion> {
    return this.#change(() => {
      const next = accessTable(this.#table, this.#options, request);
      return { next, reason: { who: request.who, why: request.why, cause: 'edit' } };
    });
  }

  preview(request: FlipRequest): { readonly changes: readonly StageChange[]; readonly diff: string } {
    const next = flippedTable(this.#table, this.#options, request);
    return { changes: stageChanges(this.current(), next.snapshot), diff: lineDiff(this.#table.text, next.text) };
  }

  rollback({ to, why, who, force }: RollbackRequest): Promise<TableVersion> {
    return this.#change(() => {
      checkReason({ why, who });
      const version = to ?? this.current().version - 1;
      const { file, rules } = this.#options;
      const text = this.#options.history.textOf(version);
      if (text === undefined)
        throw new TableError(
          'unknown_version',
          version === 0 ? 'Version 1 is in force, and there is none before it.' : `Version ${version} is not kept.`,
        );
      return {
        next: changedTable(this.#table, { file, rules, text, code: 'table_invalid' }),
        reason: { who, why, cause: 'rollback' },
        force,
      };
    });
  }

  versions(limit: number): readonly TableVersion[] {
    return this.#options.history.list(limit);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watch?.close();
    await this.#queue;
  }

  /** Makes one change after those that were asked for before. What `plan` looks at is the table in force at that time. */
  #change(plan: () => PlannedChange): Promise<TableVersion> {
    return this.#inTurn(async () => {
      if (this.#closed) throw new TableError('table_closed');
      for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
        await this.#look();
        if (this.#rejected !== undefined)
          throw new TableError('table_rejected', undefined, { problems: this.#rejected.problems });
        const { next, reason, force } = plan();
        const held = force === true ? undefined : this.#options.holds?.(next.snapshot, this.current());
        if (held !== undefined) throw new TableError('held_down', held);
        const unfit = await this.#options.guard?.(next.snapshot, this.current(), force === true);
        if (unfit !== undefined) throw new TableError('engine_not_fit', unfit);
        const published = await whileBusy(() => this.#publish(next, reason));
        if (published !== 'changed') return published.version;
      }
      throw new TableError('table_changing');
    });
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(action);
    this.#queue = turn.catch(() => undefined); // Whoever asked for the change is told; the next in turn is not concerned.
    return turn;
  }

  /** File, facade.db and memory change together, or not at all. */
  async #publish(next: CheckedTable, reason: Reason): Promise<Published> {
    this.#keepUnkept();
    const version = this.#versionOf(next, reason);
    const replacement = await prepareReplacement(this.#options.file, next.text);
    try {
      if (!replacement.stillHolds(this.#table.text)) {
        this.#fingerprint = '';
        return 'changed';
      }
      this.#keepAndReplace(version, replacement);
      this.#swap(next);
      this.#fingerprint = await fingerprintWith(this.#options.file, next.text);
    } finally {
      await replacement.cleanUp().catch((error: unknown) => {
        this.#options.log.warn('table leftovers', { file: this.#options.file, error: String(error) });
      });
    }
    return withoutText(version);
  }

  /** The rename happens inside the transaction: without the version no new file, without the file no version. */
  #keepAndReplace(version: NewTableVersion, replacement: Replacement): void {
    let step = 'keep' as 'keep' | 'replace' | 'commit';
    try {
      this.#options.history.append(version, () => {
        step = 'replace';
        replacement.publish();
        step = 'commit';
      });
    } catch (cause) {
      if (step === 'replace') throw new TableError('table_write_failed', undefined, { cause });
      if (step === 'commit') this.#takeBack(replacement);
      throw new TableError('history_write_failed', undefined, { cause });
    }
  }

  /** Should this fail too, the next look at the file finds the new text and takes it for an edit. */
  #takeBack(replacement: Replacement): void {
    try {
      replacement.takeBack();
    } catch (error) {
      this.#options.log.error('table take back', { file: this.#options.file, error: String(error) });
    }
  }

  #versionOf(next: CheckedTable, reason: Reason): NewTableVersion {
    return {
      ...reason,
      version: next.snapshot.version,
      at: this.#at(),
      changes: stageChanges(this.current(), next.snapshot),
      diff: lineDiff(this.#table.text, next.text),
      digest: next.snapshot.digest,
      text: next.text,
    };
  }

  #swap(next: CheckedTable): void {
    const previous = this.#table.snapshot;
    this.#table = next;
    this.#rejected = undefined;
    this.#options.log.info('table', { version: next.snapshot.version, digest: next.snapshot.digest });
    // A copy: who begins to listen during a call is told of the next change.
    for (const listener of [...this.#listeners]) {
      try {
        listener(next.snapshot, previous);
      } catch (error) {
        // The version is in force; one listener's trouble is not the others'.
        this.#options.log.error('table listener', { error: String(error) });
      }
    }
  }

  #lookSoon(): void {
    void this.#inTurn(async () => {
      if (!this.#closed) await this.#look();
    });
  }

  /** Takes over what the file says now, if that has changed and keeps the rules. */
  async #look(): Promise<void> {
    if (this.#unkept.length > 0) this.#tryKeepUnkept();
    const { file } = this.#options;
    try {
      if ((await fingerprintOf(file)) === this.#fingerprint) return;
      const { text, fingerprint } = await readSettled(file);
      this.#fingerprint = fingerprint;
      await this.#take(text);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#fingerprint = '';
      this.#reject([{ file, line: 0, field: '', message: `expected a readable table (${message})` }], message);
    }
  }

  async #take(text: string): Promise<void> {
    if (text === this.#table.text) {
      if (this.#rejected !== undefined) this.#options.log.info('table mended', { version: this.current().version });
      this.#rejected = undefined;
      return;
    }
    const { file, rules } = this.#options;
    const check = checkTable({ file, rules, text, version: this.current().version + 1 });
    if (!check.ok) {
      this.#reject(check.problems, digestOf(text));
      return;
    }
    const unfit = await this.#options.guard?.(check.table.snapshot, this.current(), false);
    if (unfit !== undefined) {
      const message = `expected stages that the engine is fit for (${unfit} Save the file again once it is)`;
      this.#reject([{ file: this.#options.file, line: 0, field: 'routes', message }], digestOf(text));
      return;
    }
    const held = this.#options.holds?.(check.table.snapshot, this.current());
    if (held !== undefined) {
      const message = `expected rows that the guard holds to stay back (${held} Save the file again once it is released)`;
      this.#reject([{ file: this.#options.file, line: 0, field: 'routes', message }], digestOf(text));
      return;
    }
    this.#unkept.push(this.#versionOf(check.table, { ...BY_HAND, why: 'The file was edited.', cause: 'edit' }));
    this.#swap(check.table);
    this.#tryKeepUnkept();
  }

  /** Said once for each content of the file: it is looked at again and again. */
  #reject(problems: readonly TableProblem[], digest: string): void {
    if (this.#rejected?.digest === digest) return;
    this.#rejected = { problems, since: this.#at(), digest };
    this.#options.log.error('table rejected', { inForce: this.current().version, problems });
    this.#options.onRejected?.(problems);
  }

  #keepStart(newest: TableVersion | undefined): void {
    const former = newest === undefined ? undefined : this.#options.history.textOf(newest.version);
    const check =
      former === undefined || newest === undefined
        ? undefined
        : checkTable({ file: this.#options.file, text: former, version: newest.version });
    const { snapshot, text } = this.#table;
    this.#unkept.push({
      ...BY_HAND,
      cause: newest === undefined ? 'start' : 'edit',
      why: newest === undefined ? 'First start with this table.' : 'The file was found changed at start.',
      version: snapshot.version,
      at: this.#at(),
      changes: stageChanges(check?.ok ? check.table.snapshot : undefined, snapshot),
      diff: lineDiff(former ?? '', text),
      digest: snapshot.digest,
      text,
    });
    this.#tryKeepUnkept();
  }

  /** An edit of the file is in force whether or not facade.db can be written: the file is the truth. */
  #tryKeepUnkept(): void {
    try {
      this.#keepUnkept();
      this.#historyFails = false;
    } catch (error) {
      if (!this.#historyFails)
        this.#options.log.error('table history', { unkept: this.#unkept.length, error: String(error) });
      this.#historyFails = true;
    }
  }

  #keepUnkept(): void {
    for (let version = this.#unkept[0]; version !== undefined; version = this.#unkept[0]) {
      try {
        this.#options.history.append(version);
      } catch (cause) {
        throw new TableError('history_write_failed', undefined, { cause });
      }
      this.#unkept.shift();
    }
  }

  #at(): string {
    return new Date(this.#options.now()).toISOString();
  }
}

function withoutText({ text: _text, ...version }: NewTableVersion): { readonly version: TableVersion } {
  return { version };
}
