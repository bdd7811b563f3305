/**
 * Rows that the guard moved back and that stay so for a while, over restarts too. Says which changes of the table would
 * move one forward; moves nothing itself.
 */

import { comparedRows } from '../table/compared-rows.js';
import { type Stage, stageRank } from '../table/stage.js';
import { describeStage } from '../table/stage-changes.js';
import type { RouteRow, TableSnapshot } from '../table/table-snapshot.js';
import type { GuardMemory, HoldDown } from './hold-down.js';

/** Stages at which the engine answers clients. At `shadow` it answers none, so a held row may go there. */
const ENGINE_ANSWERS: readonly Stage[] = ['canary', 'verify', 'engine', 'retired'];

export interface HoldDownsOptions {
  readonly memory: Pick<GuardMemory, 'listHolds' | 'keepHold' | 'dropHold'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export class HoldDowns {
  readonly #options: HoldDownsOptions;
  readonly #holds: Map<string, HoldDown>;
  /** In force, and not in facade.db. */
  readonly #unkept = new Set<string>();
  /** In facade.db, and not in force any more. */
  readonly #undropped = new Set<string>();

  /** @throws when facade.db can't be read */
  constructor(options: HoldDownsOptions) {
    this.#options = options;
    this.#holds = new Map(options.memory.listHolds().map((hold) => [hold.target, hold]));
  }

  /** Those in force, oldest first. */
  list(): readonly HoldDown[] {
    const now = this.#options.now();
    return [...this.#holds.values()].filter(({ until }) => until > now).sort((a, b) => a.movedAt - b.movedAt);
  }

  /**
   * In force at once, also when facade.db can't be written: then until the facade ends, or until `keepPending` has kept it.
   * @returns why it could not be kept; undefined when it is
   */
  begin(hold: HoldDown): unknown {
    this.#holds.set(hold.target, hold);
    this.#undropped.delete(hold.target);
    this.#unkept.add(hold.target);
    return this.#tried(() => this.#keep(hold));
  }

  /** Takes back what was begun in vain. What facade.db then still has is dropped by `keepPending`. */
  withdraw(target: string): unknown {
    this.#holds.delete(target);
    if (this.#unkept.delete(target)) return undefined;
    this.#undropped.add(target);
    return this.#tried(() => this.#drop(target));
  }

  /** Brings facade.db up to date with what it could not be told. @returns why it still can't be; undefined when it is */
  keepPending(): unknown {
    return this.#tried(() => {
      for (const target of [...this.#undropped]) this.#drop(target);
      for (const hold of [...this.#holds.values()]) if (this.#unkept.has(hold.target)) this.#keep(hold);
    });
  }

  /**
   * Ends one before its time.
   * @returns what was ended; undefined when the target is not held
   * @throws when facade.db can't be written; then it goes on
   */
  end(target: string): HoldDown | undefined {
    const hold = this.list().find((one) => one.target === target);
    if (hold === undefined) return undefined;
    if (!this.#unkept.delete(target)) this.#options.memory.dropHold(target);
    this.#holds.delete(target);
    return hold;
  }

  /** Holds, over ones too, of which a change of the table moves a row forward, to where the engine answers. */
  overtaken(next: TableSnapshot, previous: TableSnapshot): readonly HoldDown[] {
    const before = new Map(comparedRows(previous).map((row) => [row.id, row]));
    const forward = comparedRows(next).filter((row) => isForward(row, before.get(row.id)));
    return [...this.#holds.values()].filter((hold) => forward.some((row) => isHeld(row, hold)));
  }

  /**
   * When the row, or its group, was moved back last, whether it is still held or not; undefined where it never was, was released, or
   * was moved forward since.
   */
  lastOf(row: Pick<RouteRow, 'id' | 'group'>): HoldDown | undefined {
    const holds = [...this.#holds.values()].filter((hold) => isHeld(row, hold));
    return holds.sort((a, b) => b.movedAt - a.movedAt)[0];
  }

  /** For the table: why a change must wait, as a sentence for an operator; undefined when it may come into force. */
  readonly check = (next: TableSnapshot, previous: TableSnapshot): string | undefined => {
    const now = this.#options.now();
    const holds = this.overtaken(next, previous).filter(({ until }) => until > now);
    return holds.length === 0 ? undefined : holds.map(words).join(' ');
  };

  #keep(hold: HoldDown): void {
    this.#options.memory.keepHold(hold);
    this.#unkept.delete(hold.target);
  }

  #drop(target: string): void {
    this.#options.memory.dropHold(target);
    this.#undropped.delete(target);
  }

  #tried(act: () => void): unknown {
    try {
      act();
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** For the row, of the hold that keeps it; undefined when nothing does. */
  untilOf(row: Pick<RouteRow, 'id' | 'group'>): number | undefined {
    return this.list().find((hold) => isHeld(row, hold))?.until;
  }
}

function isHeld({ id, group }: Pick<RouteRow, 'id' | 'group'>, { target, row }: HoldDown): boolean {
  return id === target || id === row || group === target;
}

/** A canary that grows goes forward too. */
function isForward(next: RouteRow, previous: RouteRow | undefined): boolean {
  if (!ENGINE_ANSWERS.includes(next.stage)) return false;
  if (previous === undefined || stageRank(next.stage) > stageRank(previous.stage)) return true;
  return next.stage === previous.stage && (next.canary?.percent ?? 0) > (previous.canary?.percent ?? 0);
}

function words({ target, row, evidence, from, to, until }: HoldDown): string {
  const whose = row === target ? '' : ` over row ${row}`;
  return `The guard moved ${target} back from ${from} to ${to}${whose} and holds it there until ${new Date(until).toISOString()}: ${evidence}.`;
}

/** Where a row is, in words. */
export function stageWords({ stage, canary }: Pick<RouteRow, 'stage' | 'canary'>): string {
  return describeStage(stage, canary);
}
