/**
 * Loaded before the tool that drives recorded scenarios: it looks for what a step caused after a fixed time, a quarter of a second for
 * events, which a machine that starts other servers meanwhile can miss. Here that time is twice as long. No step gets slower answers by it.
 */
const FACTOR = 2;
const { setTimeout: plainTimeout } = globalThis;

globalThis.setTimeout = Object.assign((work, ms, ...rest) => plainTimeout(work, (ms ?? 0) * FACTOR, ...rest), plainTimeout);
