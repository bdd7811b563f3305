/** Noise that outlives the process: loaded from the store at the start, written back now and then and at the end. */
import type { Log } from '../../logging/log.js';
import type { Disagreement } from '../comparer.js';
import type { Redactor } from '../redaction/redactor.js';
import type { NoiseStateStore } from '../store/evidence-source.js';
import { createNoiseModel, type NoiseModel, type NoiseState, type NoisyPath } from './noise-model.js';
import type { NoiseView } from './noise-view.js';

/** How much of what was learned a crash may cost: a minute of second askings. */
const SAVE_MS = 60_000;

export interface KeptNoiseOptions {
  readonly store: NoiseStateStore;
  readonly redactor: Pick<Redactor, 'text'>;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export class KeptNoise {
  readonly #options: KeptNoiseOptions;
  readonly #timer: NodeJS.Timeout;
  #model: NoiseModel;
  /** Something was learned since the last writing. */
  #unkept = false;

  constructor(options: KeptNoiseOptions) {
    this.#options = options;
    this.#model = createNoiseModel(options);
    this.#timer = setInterval(() => void this.#save(), SAVE_MS).unref();
  }

  /** What was learned before. Without it, and until it is there, nothing is noise: that hides nothing. */
  async load(): Promise<void> {
    const { store, log } = this.#options;
    try {
      const kept = await store.loadNoise();
      if (kept !== undefined && !this.#unkept) this.#model = createNoiseModel(this.#options, kept as NoiseState);
    } catch (error) {
      log.warn('noise not loaded', { cause: String(error) });
    }
  }

  view(rowId: string): NoiseView {
    return this.#model.view(rowId);
  }

  /** What is noise on a row now, in the form that can be handed to a thread. */
  noisyPaths(rowId: string): readonly NoisyPath[] {
    return this.#model.paths(rowId).filter(({ isNoise }) => isNoise);
  }

  learn(rowId: string, disagreements: readonly Disagreement[]): void {
    this.#unkept = true;
    this.#model.learn(rowId, disagreements);
  }

  /** To be called before the store is closed. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#save();
  }

  /** Paths are made of names that come from bodies. One that holds a secret can't be kept, and is learned anew. */
  #withoutSecrets({ rows }: NoiseState): NoiseState {
    const { redactor } = this.#options;
    const kept = Object.entries(rows).map(([id, row]) => {
      const paths = row.paths.filter(({ path }) => redactor.text(path) === path);
      return [id, { ...row, paths }] as const;
    });
    return { rows: Object.fromEntries(kept) };
  }

  async #save(): Promise<void> {
    if (!this.#unkept) return;
    this.#unkept = false;
    try {
      await this.#options.store.saveNoise(this.#withoutSecrets(this.#model.state()));
    } catch (error) {
      this.#unkept = true;
      this.#options.log.debug('noise not kept', { cause: String(error) });
    }
  }
}
