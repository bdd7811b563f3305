import type { HoldDown } from '../../src/facade/guard/hold-down.js';

/** A hold-down of now and for a quarter of an hour; tests name only what they are about. */
export function holdDown(more: Partial<HoldDown> = {}): HoldDown {
  const movedAt = Date.now();
  return {
    target: 'health',
    row: 'health',
    cause: 'errors',
    evidence: '7 of 20 requests to the engine in the last 60 s failed (35 %, allowed are 5 %)',
    from: 'engine',
    to: 'legacy',
    movedAt,
    until: movedAt + 900_000,
    ...more,
  };
}
