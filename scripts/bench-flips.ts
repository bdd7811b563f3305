/** 1,000 flips under load through the real facade: time to effect, and what requests notice. */
import { startFacadeProcess } from '../test/kit/facade-process.js';
import { startSampleLegacy } from '../test/kit/sample-legacy.js';
import { startSteadyLoad } from '../test/kit/steady-load.js';

const FLIPS = 1000;
const quantile = (values: readonly number[], share: number): string =>
  ([...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? 0).toFixed(1);

const legacy = await startSampleLegacy();
const facade = await startFacadeProcess({ legacy, args: ['--answers-served-by', 'all'] });
try {
  await facade.engineReady();
  const calm = startSteadyLoad(facade.address, '/health', 8);
  await new Promise((resolve) => setTimeout(resolve, 5000));
  await calm.stop();
  const load = startSteadyLoad(facade.address, '/health', 8);
  const effects: number[] = [];
  for (let flip = 0; flip < FLIPS; flip += 1) {
    const side = flip % 2 === 0 ? 'engine' : 'legacy';
    const from = performance.now();
    await facade.flip('health', side);
    const { headers } = await fetch(`${facade.address}/health`);
    if (headers.get('x-facade-served-by') !== side) throw new Error(`flip ${flip} was answered but not in force`);
    effects.push(performance.now() - from);
  }
  await load.stop();
  console.log(
    `time to effect of ${FLIPS} flips, with the check of the engine: p50 ${quantile(effects, 0.5)} ms, p99 ${quantile(effects, 0.99)} ms, longest ${quantile(effects, 0.9999)} ms`,
  );
  console.log(`requests: ${load.durations.length}, failed ${load.failures.length}`);
  console.log(
    `p99 of a request: ${quantile(load.durations, 0.99)} ms while flipping, ${quantile(calm.durations, 0.99)} ms without`,
  );
} finally {
  await facade.stop();
  await legacy.stop();
}
