/** 1,000 flips under load through the real facade: time to effect, and what requests notice. */
import { startFacadeProcess } from '../test/kit/facade-process.js';
import { startSampleLegacy } from '../test/kit/sample-legacy.js';
import { startSteadyLoad } from '../test/kit/steady-load.js';

const FLIPS = 1000;
const quantile = (values: readonly number[], share: number): string =>
  ([...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? 0).toFixed(1);

const legacy = await startSampleLegacy();
const facade = await startFacadeProcess({ legacy, args: ['--answers-served-by', 'all'] });

/** Milliseconds from the wish to the first answer by the new side, through the admin API. */
async function timesToEffect(flips: number): Promise<number[]> {
  const times: number[] = [];
  for (let flip = 0; flip < flips; flip += 1) {
    const side = flip % 2 === 0 ? 'engine' : 'legacy';
    const from = performance.now();
    await facade.flip('health', side);
    const { headers } = await fetch(`${facade.address}/health`);
    if (headers.get('x-facade-served-by') !== side) throw new Error(`flip ${flip} was answered but not in force`);
    times.push(performance.now() - from);
  }
  return times;
}

try {
  await facade.engineReady();
  const calm = startSteadyLoad(facade.address, '/health', 8);
  await new Promise((resolve) => setTimeout(resolve, 5000));
  await calm.stop();
  const quiet = await timesToEffect(FLIPS / 5);
  const load = startSteadyLoad(facade.address, '/health', 8);
  const effects = await timesToEffect(FLIPS);
  await load.stop();
  const told = (times: readonly number[]) => `p50 ${quantile(times, 0.5)} ms, p99 ${quantile(times, 0.99)} ms`;
  console.log(`time to effect, the check of the engine included: ${told(quiet)}`);
  console.log(`the same of ${FLIPS} flips while 8 connections saturate the machine: ${told(effects)}`);
  console.log(`requests: ${load.durations.length}, failed ${load.failures.length}`);
  console.log(
    `p99 of a request: ${quantile(load.durations, 0.99)} ms while flipping, ${quantile(calm.durations, 0.99)} ms without`,
  );
} finally {
  await facade.stop();
  await legacy.stop();
}
