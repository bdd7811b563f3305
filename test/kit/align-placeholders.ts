/**
 * Gives the numbered placeholders of a run the numbers that its recording has. A step that is meant to differ may make more or
 * fewer ids than the recorded one, and would shift every number after it. One number stays one number, so that relations
 * between steps are still compared.
 */

/** A list of steps as the carried tools write it. */
export interface Steps {
  readonly steps: readonly ({ readonly step: string } & Readonly<Record<string, unknown>>)[];
}

export interface Deviation {
  readonly scenario: string;
  readonly step: string;
  /** Default: the whole step. */
  readonly path?: string;
}

const PLACEHOLDER = /<([a-z0-9]+):(\d+)>/g;

/**
 * @param deviations of this scenario; what they excuse is not taken for a pair
 * @returns the run with other numbers
 */
export function alignPlaceholders<T extends Steps>(recorded: Steps, got: T, deviations: readonly Deviation[]): T {
  const pairs = new Pairs();
  const recordedByStep = new Map(recorded.steps.map((step) => [step.step, step]));
  for (const step of got.steps) {
    const excused = deviations.filter((deviation) => deviation.step === step.step).map(({ path }) => path ?? '');
    pairUp(recordedByStep.get(step.step), step, '', excused, pairs);
  }
  const text = JSON.stringify(got).replace(PLACEHOLDER, (label) => pairs.recordedFor(label));
  return JSON.parse(text) as T;
}

class Pairs {
  readonly #recordedByGot = new Map<string, string>();
  readonly #taken = new Set<string>();

  add(recorded: string, got: string): void {
    if (this.#recordedByGot.has(got) || this.#taken.has(recorded)) return;
    this.#recordedByGot.set(got, recorded);
    this.#taken.add(recorded);
  }

  /** One without a counterpart keeps its number, marked, so that it equals none of the recording's. */
  recordedFor(got: string): string {
    return this.#recordedByGot.get(got) ?? got.replace('>', ':only here>');
  }
}

function pairUp(recorded: unknown, got: unknown, path: string, excused: readonly string[], pairs: Pairs): void {
  if (path !== '' && excused.some((prefix) => path.startsWith(prefix))) return;
  if (typeof recorded === 'string' && typeof got === 'string') {
    const [theirs, ours] = [labels(recorded), labels(got)];
    if (theirs.map(kind).join() !== ours.map(kind).join()) return;
    for (const [index, label] of ours.entries()) pairs.add(theirs[index] ?? label, label);
  } else if (isObject(recorded) && isObject(got)) {
    for (const [key, value] of Object.entries(got))
      pairUp(recorded[key], value, path === '' ? key : `${path}.${key}`, excused, pairs);
  }
}

const labels = (text: string): readonly string[] => text.match(PLACEHOLDER) ?? [];
const kind = (label: string): string => label.slice(0, label.indexOf(':'));

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
