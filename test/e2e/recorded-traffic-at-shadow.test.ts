/**
 * The recordings of the real legacy through the facade, with every row at shadow that the engine serves: clients get what was recorded, and
 * the engine differs from the legacy only by what is mended of it. shadow-mismatches.json lists that, one entry for each way to differ.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ComparedTraffic, comparedTraffic, countOfVerdict } from '../kit/compared-traffic.js';
import type { EditedTable } from '../kit/edited-table.js';
import { type ExplainedMismatch, explainedMismatches, explains } from '../kit/explained-mismatches.js';
import { startFacadeProcess } from '../kit/facade-process.js';
import { paritySuite, runScenario, type ScenarioResult, spaFixture, TRUSTED_PROXIES } from '../kit/parity.js';
import { patientShadowing } from '../kit/patient-shadowing.js';
import { projectRoot } from '../kit/python.js';
import { startSampleLegacy } from '../kit/sample-legacy.js';
import { shadowTable } from '../kit/shadow-table.js';

/** How a scenario is driven. */
interface Drive {
  readonly staticFolder?: string;
  /** Steps that the sample legacy answers otherwise than recorded, or that the facade refuses. */
  readonly differing?: readonly string[];
  /** Comparisons that say nothing, by reason. Default: none. */
  readonly inconclusive?: Readonly<Record<string, number>>;
  /** Comparisons that the legacy itself disturbs. Default: none. */
  readonly disturbed?: number;
}

const parityFolder = join(paritySuite, '..');
const explained = await explainedMismatches();
const refusals = (await json(join(parityFolder, 'facade-refusals.json'))) as Record<
  string,
  { readonly steps: string[] }
>;
const { inPart } = (await json(join(projectRoot, 'scripts/sample-legacy/held-to.json'))) as {
  inPart: Record<string, { readonly except?: readonly string[] }>;
};

const SCENARIOS: Readonly<Record<string, Drive>> = {
  smoke: {},
  'web-no-build': {},
  'web-spa': { staticFolder: spaFixture, differing: refusals['web-spa']?.steps ?? [] },
  'web-methods': {
    staticFolder: spaFixture,
    differing: [...(inPart['web-methods']?.except ?? []), ...(refusals['web-methods']?.steps ?? [])],
  },
  // An agent id is bound to the device that checked in with it first, in the memory of the process that served it.
  'agents-accounts': { inconclusive: { remembered: 3 } },
  'agents-approvals': {},
  // It asks for the registry's hash of an agent.
  'agents-details': { inconclusive: { remembered: 1 } },
  'agents-device-auth': {},
  'agents-device-recovery': {},
  'agents-dpop': {},
  'agents-enroll-finish': {},
  'agents-enroll-lifecycle': {},
  'agents-enroll-poll': {},
  'agents-enroll-request': {},
  // What tells the registry proves nothing; what is reported goes into rows, and is compared.
  'agents-hash': { inconclusive: { remembered: 27 } },
  // Deleting `heartbeat` is to let go of an agent of that name.
  'agents-heartbeat': { inconclusive: { remembered: 1 } },
  'agents-install-codes': {},
  // The engine counts no dry run, and so knows of no limit that is reached.
  'agents-limits': { inconclusive: { limited: 5 } },
  'agents-token-refresh': {},
  'operators-auth': {},
  'operators-forged': { differing: inPart['operators-forged']?.except ?? [] },
  'operators-mfa': {},
  // Of a device it describes, and lists, what only the legacy serves yet.
  'operators-activity': {},
  'scheduler-crud': {},
  'scheduler-create-rules': {},
  'scheduler-update-rules': {},
  'scheduler-faults': {},
  'scheduler-runs': {},
  'scripts-quick-run': {},
  'scripts-quick-run-errors': {},
  // What the server ran itself has ended by the second look. With a Windows credential it depends on who is connected.
  'ansible-quick-run': { disturbed: 2, inconclusive: { remembered: 5 } },
  'ansible-recaps': {},
};
const AT_ONCE = 2;
/** On a busy machine a write may still be looked at when the next one comes. */
const MOST_DISTURBED = 2;
/** On a machine that is busier than can be measured, copies are shed whatever the settings say. */
const MOST_SHED = 5;

interface Driven {
  readonly result: ScenarioResult;
  readonly traffic: ComparedTraffic;
}

async function json(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'));
}

async function drive(scenario: string, { staticFolder }: Drive, table: EditedTable): Promise<Driven> {
  const legacy = await startSampleLegacy({
    seedScenario: scenario,
    ...(staticFolder === undefined ? {} : { staticFolder }),
  });
  const facade = await startFacadeProcess({
    legacy,
    tableFile: table.file,
    args: [...(patientShadowing.args ?? []), '--trusted-proxies', TRUSTED_PROXIES[scenario] ?? '127.0.0.1'],
    env: { ...patientShadowing.env, BOREALIS_STATIC_ROOT: staticFolder ?? join(legacy.root, 'no-build') },
  });
  try {
    await facade.engineReady();
    const result = await runScenario({ scenario, base: facade.address, db: legacy.databaseFile, strict: true });
    return { result, traffic: await comparedTraffic(facade) };
  } finally {
    await facade.stop();
    await legacy.stop();
  }
}

/** By reason, over all rows. */
function sums(tallies: ComparedTraffic['inconclusive']): Record<string, number> {
  const all: Record<string, number> = {};
  for (const { what, count } of tallies) all[what] = (all[what] ?? 0) + count;
  return all;
}

describe('recorded traffic at shadow', function () {
  this.timeout(300_000);
  const drives = new Map<string, Promise<Driven>>();
  const used = new Set<ExplainedMismatch>();
  let table: EditedTable;

  before(async () => {
    table = await shadowTable();
    const lanes: Promise<unknown>[] = Array.from({ length: AT_ONCE }, () => Promise.resolve());
    for (const [number, [scenario, how]] of Object.entries(SCENARIOS).entries()) {
      const lane = number % AT_ONCE;
      const driven = (lanes[lane] ?? Promise.resolve()).then(() => drive(scenario, how, table));
      // The next of the lane waits for its end, good or bad; the test of the scenario tells which.
      lanes[lane] = driven.catch(() => undefined);
      drives.set(scenario, driven);
    }
  });
  after(async () => {
    await Promise.allSettled(drives.values());
    await table?.remove();
  });

  const drivenOf = async (scenario: string): Promise<Driven> => {
    const driven = await drives.get(scenario);
    if (driven === undefined) throw new TypeError(`${scenario} was not driven`);
    return driven;
  };

  for (const [scenario, { differing = [], inconclusive = {}, disturbed: own = 0 }] of Object.entries(SCENARIOS)) {
    it(`${scenario}: clients get what was recorded`, async () => {
      const { result } = await drivenOf(scenario);
      assert.deepEqual([...result.differingSteps].sort(), [...differing].sort(), result.differences.join('\n'));
    });

    it(`${scenario}: the engine differs by what is mended`, async () => {
      const { traffic } = await drivenOf(scenario);
      const unexplained = traffic.mismatches.filter((found) => {
        const entries = explained.filter((entry) => entry.scenario === scenario && explains(entry, found));
        for (const entry of entries) used.add(entry);
        return entries.length === 0;
      });
      assert.deepEqual(unexplained, []);
    });

    it(`${scenario}: hardly a comparison says nothing, and none is missing`, async () => {
      const { traffic } = await drivenOf(scenario);
      const { disturbed = 0, ...reasons } = sums(traffic.inconclusive);
      const shed = traffic.drops.reduce((sum, { what, count }) => (what === 'loop_busy' ? sum + count : sum), 0);
      assert.deepEqual(
        traffic.inconclusive.filter(({ what }) => what !== 'disturbed' && inconclusive[what] === undefined),
        [],
      );
      // What was shed would have been one of these, or not.
      for (const [reason, count] of Object.entries(inconclusive)) {
        const told = reasons[reason] ?? 0;
        assert.ok(told <= count && told >= count - shed, `${reason}: ${told} of ${count}`);
      }
      assert.ok(disturbed <= MOST_DISTURBED + own, `${disturbed} disturbed`);
      assert.deepEqual(
        traffic.drops.filter(({ what }) => what !== 'loop_busy'),
        [],
      );
      assert.ok(shed <= MOST_SHED, `${shed} shed`);
      assert.ok(countOfVerdict(traffic, 'match') > 0);
    });
  }

  it('every entry explains something, but what the turn of a minute hid in this run', async () => {
    const isHidden = async ({ scenario, row, atTurn }: ExplainedMismatch): Promise<boolean> => {
      if (atTurn === undefined) return false;
      const { traffic } = await drivenOf(scenario);
      return traffic.inconclusive.some((tally) => tally.row === row && tally.what === 'disturbed');
    };
    const unused = explained.filter((entry) => !used.has(entry));
    const hidden = await Promise.all(unused.map(isHidden));
    assert.deepEqual(
      unused.filter((_, at) => !hidden[at]),
      [],
    );
  });
});
