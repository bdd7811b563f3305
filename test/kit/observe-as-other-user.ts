/** Opens one observation of the database that the first argument names, and prints the code of what prevents it, or `opened`. */
import { EffectsError } from '../../src/legacy-bridge/effects/effects-error.js';
import { startEffectsObserver } from '../../src/legacy-bridge/effects/start-effects-observer.js';

const observer = startEffectsObserver({ file: process.argv[2] ?? '', answerMs: 20_000 });
const words = await observer.open().then(
  (observation) => {
    observation.close();
    return 'opened';
  },
  (error: unknown) => {
    if (!(error instanceof EffectsError)) throw error;
    return error.message;
  },
);
console.log(words);
await observer.close();
