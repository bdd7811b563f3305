/** Finds what differs between the two snapshots of a connection, within limits. */
import { type SqlCell, sameCells, sameRows, toEffectRow } from './column-value.js';
import type { ColumnValue, EffectRow, Effects, RowChange } from './effects.js';
import { EffectsError } from './effects-error.js';
import type { SeenEffects } from './effects-observer.js';
import type { SearchBudget } from './search-budget.js';
import type { SearchLimits } from './search-limits.js';
import type { SnapshotConnection } from './snapshot-connection.js';
import { type TableQueries, tableQueries } from './table-queries.js';
import type { TableShape } from './table-shape.js';
import { ToldBounds } from './told-bounds.js';

/** Looked at in one go: a millisecond or two. */
const STEP_BYTES = 1_000_000;
/** Below every rowid but one that nothing gives out. */
const LEAST_ROW_ID = -(2n ** 63n);

/** What the search of one observation is made with. */
export interface Search {
  readonly connection: SnapshotConnection;
  readonly limits: SearchLimits;
  readonly budget: SearchBudget;
}

/**
 * Yields now and then, so that whoever drives it can do something else in between.
 * @param engine its rows are looked up by rowid and by unique keys, whatever the size of their tables
 * @throws EffectsError `effects_too_large` when these alone are more than may be told
 */
export function* searchChanges(search: Search, engine: Effects): Generator<undefined, SeenEffects> {
  const shapes = search.connection.shapes();
  if (shapes === undefined) return seen([], true, ['every table: the schema changed between the two looks']);
  const notSearched = [...shapes.unseen];
  let disturbed = false;
  const bounds = new ToldBounds(search.limits);
  const tables = shapes.tables.map((shape) => new TableSearch(search, shape, bounds));
  // What the engine names comes first: a large table that it does not name must not use the bounds up.
  for (const table of tables)
    for (const row of engine.rows) if (row.table === table.name) disturbed = table.lookAt(row) || disturbed;
  yield;
  for (const table of tables) if (!(yield* table.searchRest())) notSearched.push(table.name);
  return seen(
    tables.flatMap((table) => table.changes()),
    disturbed,
    notSearched,
  );
}

function seen(rows: readonly RowChange[], disturbed: boolean, notSearched: readonly string[]): SeenEffects {
  return { effects: { rows, events: [], calls: [] }, disturbed, notSearched, eventsSeen: false };
}

/** One table: what it has found so far, by rowid. */
class TableSearch {
  readonly name: string;
  readonly #connection: SnapshotConnection;
  readonly #shape: TableShape;
  readonly #limits: SearchLimits;
  readonly #budget: SearchBudget;
  readonly #bounds: ToldBounds;
  readonly #queries: TableQueries;
  /** Undefined: looked at, and the same. */
  readonly #found = new Map<bigint, RowChange | undefined>();

  constructor({ connection, limits, budget }: Search, shape: TableShape, bounds: ToldBounds) {
    this.name = shape.name;
    this.#connection = connection;
    this.#shape = shape;
    this.#limits = limits;
    this.#budget = budget;
    this.#bounds = bounds;
    this.#queries = tableQueries(shape);
  }

  /** @returns whether the engine met another row than the snapshot has: someone wrote in between */
  lookAt({ rowId, before, after }: RowChange): boolean {
    const id = BigInt(rowId);
    this.#compareNamed(id);
    const row = this.#row('before', id);
    const told = row === undefined ? undefined : toEffectRow(this.#shape.columns, row);
    for (const values of [before, after]) if (values !== undefined) this.#lookUp(values);
    if (told === undefined || before === undefined) return told !== before;
    return !sameRows(told, before);
  }

  /** A row of the engine's may have got another rowid from the legacy. */
  #lookUp(values: EffectRow): void {
    for (const [at, key] of this.#shape.keys.entries()) {
      const cells = key.map((column) => toCell(values[column] ?? null));
      if (cells.some((cell) => cell === null)) continue;
      for (const schema of ['before', 'main'] as const)
        for (const [id] of this.#connection.cells(this.#queries[schema].byKey[at] ?? '', ...cells))
          this.#compareNamed(id as bigint);
    }
  }

  #compareNamed(id: bigint): void {
    if (!this.#compare(id))
      throw new EffectsError('effects_too_large', `rows of ${this.name} that the engine names are more than is told`);
  }

  /** @returns whether every change of the table has been found */
  *searchRest(): Generator<undefined, boolean> {
    const { mostSearchedRows, mostSearchedBytes, mostScannedRows } = this.#limits;
    const rows = Math.max(this.#count('before'), this.#count('main'));
    const bytes = rows <= mostSearchedRows ? this.#bytes() : Number.POSITIVE_INFINITY;
    const { added, gone, atEnd } = this.#queries;
    const told = this.#collect(rows <= mostScannedRows ? [added, gone, ...atEnd] : atEnd);
    if (!told || bytes > mostSearchedBytes || !this.#budget.allows(bytes)) return false;
    return yield* this.#searchColumns(Math.max(1, Math.floor((rows * STEP_BYTES) / Math.max(bytes, 1))));
  }

  /** @param step rows looked at in one go */
  *#searchColumns(step: number): Generator<undefined, boolean> {
    let from = LEAST_ROW_ID;
    for (;;) {
      const [[end = null] = []] = this.#connection.cells(this.#queries.stepEnd, from, BigInt(step));
      if (end === null) return true;
      const found = this.#budget.spend(() => this.#collect([this.#queries.changed], from, end));
      if (!found) return false;
      from = end as bigint;
      yield;
    }
  }

  changes(): readonly RowChange[] {
    const ids = [...this.#found.keys()].sort((a, b) => (a < b ? -1 : 1));
    return ids.map((id) => this.#found.get(id)).filter((change) => change !== undefined);
  }

  /** @returns false when there are more changes than may be told */
  #collect(queries: readonly string[], ...range: SqlCell[]): boolean {
    for (const query of queries) {
      // One more than may be told, so that the limit is noticed; those that are known already come on top.
      const most = BigInt(this.#bounds.rows + this.#found.size + 1);
      for (const [id] of this.#connection.cells(query, ...range, most)) if (!this.#compare(id as bigint)) return false;
    }
    return true;
  }

  /** @returns false when the row is not looked at, since no more, or none so large, may be told */
  #compare(id: bigint): boolean {
    if (this.#found.has(id)) return true;
    const bytes = this.#rowBytes('before', id) + this.#rowBytes('main', id);
    if (!this.#bounds.allow(bytes)) return false;
    const change = this.#changeOf(id, this.#row('before', id), this.#row('main', id));
    this.#found.set(id, change);
    if (change !== undefined) this.#bounds.told(bytes);
    return true;
  }

  #changeOf(id: bigint, before: SqlCell[] | undefined, after: SqlCell[] | undefined): RowChange | undefined {
    const key = { table: this.#shape.name, rowId: Number(id) };
    const told = (cells: SqlCell[]) => toEffectRow(this.#shape.columns, cells);
    if (before === undefined)
      return after === undefined ? undefined : { ...key, change: 'insert', before: undefined, after: told(after) };
    if (after === undefined) return { ...key, change: 'delete', before: told(before), after: undefined };
    return sameCells(before, after)
      ? undefined
      : { ...key, change: 'update', before: told(before), after: told(after) };
  }

  #row(schema: 'before' | 'main', id: bigint): SqlCell[] | undefined {
    return this.#connection.cells(this.#queries[schema].row, id)[0];
  }

  #rowBytes(schema: 'before' | 'main', id: bigint): number {
    const [[bytes] = [0n]] = this.#connection.cells(this.#queries[schema].rowBytes, id);
    return Number(bytes);
  }

  /** Rows, up to one more than are scanned. */
  #count(schema: 'before' | 'main'): number {
    const [[count] = [0n]] = this.#connection.cells(
      this.#queries[schema].count,
      BigInt(this.#limits.mostScannedRows + 1),
    );
    return Number(count);
  }

  #bytes(): number {
    const [[bytes] = [0]] = this.#connection.cells(this.#queries.bytes);
    return Number(bytes);
  }
}

function toCell(value: ColumnValue): SqlCell {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (value === null || typeof value === 'string') return value;
  if ('integer' in value) return BigInt(value.integer);
  return 'blob' in value ? Buffer.from(value.blob, 'base64') : Number(value.real);
}
