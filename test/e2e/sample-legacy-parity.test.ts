/** The sample legacy answers as the real one was recorded to, in all that `held-to.json` lists. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runScenario, type ScenarioResult, spaFixture } from '../kit/parity.js';
import { projectRoot } from '../kit/python.js';
import { startSampleLegacy } from '../kit/sample-legacy.js';
import { type SideBySide, sideBySide } from '../kit/side-by-side.js';

interface Part {
  readonly reason: string;
  /** Steps that differ, and must: an entry that has come to agree is to be struck out. */
  readonly except?: readonly string[];
  /** The only steps that count. */
  readonly only?: readonly string[];
}
interface HeldTo {
  readonly whole: readonly string[];
  readonly inPart: Readonly<Record<string, Part>>;
}

const heldTo = JSON.parse(await readFile(join(projectRoot, 'scripts/sample-legacy/held-to.json'), 'utf8')) as HeldTo;
const AT_ONCE = 4;
/** These wait for a full minute, so they run beside the others from the beginning. */
const FOR_A_MINUTE = ['scheduler-dispatch', 'scheduler-remote', 'scheduler-tick'];

/** One scenario against a server of its own. */
async function hold(scenario: string): Promise<ScenarioResult> {
  const web = scenario === 'web-spa' ? { staticFolder: spaFixture } : {};
  const legacy = await startSampleLegacy({ seedScenario: scenario, ...web });
  try {
    return await runScenario({ scenario, base: legacy.url, db: legacy.databaseFile, strict: true });
  } finally {
    await legacy.stop();
  }
}

describe('the sample legacy and the recordings', function () {
  this.timeout(240_000);
  const all = [...heldTo.whole, ...Object.keys(heldTo.inPart)];
  const scenarios = [...FOR_A_MINUTE, ...all.filter((scenario) => !FOR_A_MINUTE.includes(scenario))];
  let results: SideBySide<ScenarioResult>;

  before(() => {
    results = sideBySide(scenarios, AT_ONCE + FOR_A_MINUTE.length, hold);
  });
  after(() => results?.ended());

  for (const scenario of heldTo.whole) {
    it(scenario, async () => {
      assert.deepEqual((await results.result(scenario)).differences, []);
    });
  }

  for (const [scenario, { except, only }] of Object.entries(heldTo.inPart)) {
    it(`${scenario}, in part`, async () => {
      const differing = (await results.result(scenario)).differingSteps;
      if (only)
        assert.deepEqual(
          differing.filter((step) => only.includes(step)),
          [],
        );
      else assert.deepEqual([...differing].sort(), [...(except ?? [])].sort());
    });
  }
});
