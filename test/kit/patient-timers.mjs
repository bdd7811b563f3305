/**
 * Loaded before the tool that drives recorded scenarios: it looks for what a step caused after a fixed time, a quarter of a second for
 * events, which a machine that starts other servers meanwhile can miss. Here that time is twice as long. No step gets slower answers by
 * it. Longer times are waits for a clock, and stay.
 */
const FACTOR = 2;
const LONGEST_MS = 2_000;
const { setTimeout: plainTimeout } = globalThis;

function patient(ms = 0) {
  return ms > LONGEST_MS ? ms : ms * FACTOR;
}

globalThis.setTimeout = Object.assign((work, ms, ...rest) => plainTimeout(work, patient(ms), ...rest), plainTimeout);
