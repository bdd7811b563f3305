/**
 * A time that falls on a whole second is written without a fraction. The engine's clock counts milliseconds, so that this
 * happens to one step in a thousand, where a recording of the legacy, which counts microseconds, has six digits.
 */
import type { Steps } from './align-placeholders.js';

const ROUND = /<iso 0 digits ([^>]*)>/;

/**
 * Gives the times of one step the digits that the recording has. A second such step is left as it is: that is no chance.
 * @returns the run, changed or not
 */
export function withoutRoundClock<T extends Steps>(recorded: Steps, got: T): T {
  const recordedByStep = new Map(recorded.steps.map((step) => [step.step, step]));
  const differing = got.steps.filter((step) => differs(recordedByStep.get(step.step), step));
  if (differing.length !== 1) return got;
  const steps = got.steps.map((step) => (step === differing[0] ? filled(recordedByStep.get(step.step), step) : step));
  return { ...got, steps };
}

function differs(recorded: unknown, got: unknown): boolean {
  return JSON.stringify(filled(recorded, got)) !== JSON.stringify(got);
}

function filled<T>(recorded: unknown, got: T): T;
function filled(recorded: unknown, got: unknown): unknown {
  if (typeof got === 'string') {
    const inFull = got.replace(ROUND, '<iso 6 digits $1>');
    return recorded === inFull ? inFull : got;
  }
  if (Array.isArray(got)) return got.map((item, index) => filled(itemOf(recorded, String(index)), item));
  if (typeof got !== 'object' || got === null) return got;
  return Object.fromEntries(Object.entries(got).map(([key, item]) => [key, filled(itemOf(recorded, key), item)]));
}

function itemOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}
