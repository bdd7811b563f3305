/** Tells that the engine ended. One that ends again and again is told of now and then, with how often. */
import type { EngineState } from '../engine-process/engine-state.js';
import type { Alerts } from './alerts.js';

export interface EngineAlertsOptions {
  readonly alerts: Pick<Alerts, 'tell'>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

const TELL_EVERY_MS = 5 * 60_000;

/** @returns the listener for the supervisor's changes */
export function engineAlerts({ alerts, now }: EngineAlertsOptions): (state: EngineState) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  let ends = 0;
  return ({ state, lastEnd, restarts }) => {
    if (state !== 'waiting') return;
    ends += 1;
    if (now() - toldAt < TELL_EVERY_MS) return;
    const often = ends === 1 ? '' : ` ${ends} times since it was last told`;
    const text = `The engine ended${often}, by ${lastEnd ?? 'unknown means'}, and is started again.`;
    alerts.tell({ event: 'engine_ended', text, details: { lastEnd: lastEnd ?? null, ends, restarts } });
    toldAt = now();
    ends = 0;
  };
}
