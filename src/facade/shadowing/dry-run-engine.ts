/**
 * The engine as dry runs see it: asked for none before it said itself that it knows them. One that does not know the header would
 * execute what it is sent, and the legacy executes it too.
 */
import { DRY_RUN_VERSION } from '../../legacy-bridge/effects/dry-run-protocol.js';
import type { DropReason } from '../comparing/drop-reason.js';
import { askSide, reasonOf } from '../forwarding/ask-side.js';
import type { SideTarget } from '../forwarding/side-target.js';
import type { Log } from '../logging/log.js';

/** Why there is no engine to be asked. */
export type NoEngine = Extract<DropReason, 'engine_unreachable' | 'engine_no_dry_run'>;

/** @throws when the engine does not answer in time */
export async function knowsDryRuns(engine: SideTarget): Promise<boolean> {
  const { status, text } = await askSide(engine, { method: 'GET', path: '/engine/internal/routes' });
  // An engine without that route has no dry runs either.
  return status === 200 && versionIn(text) === DRY_RUN_VERSION;
}

function versionIn(text: string): unknown {
  try {
    const told: unknown = JSON.parse(text);
    return typeof told === 'object' && told !== null && 'dry_run' in told ? told.dry_run : undefined;
  } catch {
    return undefined; // What answers there is no engine of ours.
  }
}

export interface DryRunEngineOptions {
  /** A reason where there is none that takes dry runs, whatever it says. */
  readonly target: SideTarget | NoEngine;
  /** May reject when it can't be asked; see `knowsDryRuns`. */
  readonly knows: (engine: SideTarget) => Promise<boolean>;
  readonly log: Log;
  /** Between two questions to one that does not answer. Default 1000. */
  readonly againMs?: number;
}

const AGAIN_MS = 1000;

export class DryRunEngine {
  readonly #options: DryRunEngineOptions;
  #state: SideTarget | NoEngine;
  #asking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Counts engines: an answer of one that is no more says nothing of the next. */
  #generation = 0;

  constructor(options: DryRunEngineOptions) {
    this.#options = options;
    this.#state = typeof options.target === 'string' ? options.target : 'engine_unreachable';
  }

  /** To be told when an engine takes requests, and when it no longer does. */
  changed(ready: boolean): void {
    const { target } = this.#options;
    if (typeof target === 'string') return;
    this.#generation += 1;
    clearTimeout(this.#timer);
    this.#state = 'engine_unreachable';
    this.#asking = ready ? this.#ask(target, this.#generation) : undefined;
  }

  /** What dry runs may be sent to at this moment; undefined while the engine is being asked: see `settled`. */
  now(): SideTarget | NoEngine | undefined {
    return this.#asking === undefined ? this.#state : undefined;
  }

  /** Waits where the engine is being asked. Never rejects. */
  async settled(): Promise<SideTarget | NoEngine> {
    while (this.#asking !== undefined) await this.#asking;
    return this.#state;
  }

  async close(): Promise<void> {
    this.changed(false);
    const { target } = this.#options;
    if (typeof target !== 'string') await target.close();
  }

  async #ask(target: SideTarget, generation: number): Promise<void> {
    const { knows, log, againMs = AGAIN_MS } = this.#options;
    let state: SideTarget | NoEngine = 'engine_unreachable';
    let again = false;
    try {
      const known = await knows(target);
      state = known ? target : 'engine_no_dry_run';
      if (!known && generation === this.#generation) log.warn('engine knows no dry runs', {});
    } catch (error) {
      again = true;
      log.debug('engine not asked for dry runs', { reason: reasonOf(error) });
    }
    if (generation !== this.#generation) return;
    this.#state = state;
    this.#asking = undefined;
    if (!again) return;
    this.#timer = setTimeout(() => {
      this.#asking = this.#ask(target, generation);
    }, againMs).unref();
  }
}
