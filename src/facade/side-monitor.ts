/**
 * Asks a side for /health now and then, for status and alerts. Decides nothing: requests find out for themselves
 * whether a side answers.
 */
import { askSide, reasonOf } from './forwarding/ask-side.js';
import type { SideTarget } from './forwarding/side-target.js';

/** Whether a side answered when it was last asked. */
export interface SideHealth {
  readonly reachable: boolean;
  /** Why not, for an operator; undefined when it is reachable. */
  readonly problem: string | undefined;
}

const PROBE_TIMEOUT_MS = 3000;
const UNKNOWN: SideHealth = { reachable: false, problem: 'not asked yet' };

export class SideMonitor {
  readonly #target: SideTarget | undefined;
  readonly #everyMs: number;
  #health: SideHealth;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param target undefined when there is no such side: it is then never reachable */
  constructor(target: SideTarget | undefined, everyMs: number) {
    this.#target = target;
    this.#everyMs = everyMs;
    this.#health = target === undefined ? { reachable: false, problem: 'switched off' } : UNKNOWN;
  }

  health(): SideHealth {
    return this.#health;
  }

  /** Asks now, and from then on again and again until `close`. */
  askNow(): void {
    if (this.#target === undefined || this.#closed) return;
    clearTimeout(this.#timer);
    void this.#ask(this.#target);
  }

  async #ask(target: SideTarget): Promise<void> {
    const health = await probeSide(target);
    if (this.#closed) return;
    this.#health = health;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.askNow(), this.#everyMs).unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}

/** Any answer counts, whatever its status: what listens there speaks HTTP. */
export async function probeSide(target: SideTarget): Promise<SideHealth> {
  try {
    await askSide(target, { method: 'GET', path: '/health', timeoutMs: PROBE_TIMEOUT_MS });
    return { reachable: true, problem: undefined };
  } catch (error) {
    return { reachable: false, problem: reasonOf(error) };
  }
}
