/** A real agent enrols through the facade at each state of the table that concerns it, and while the group is flipped. */
import assert from 'node:assert/strict';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { type OperatorCalls, operatorAt } from '../kit/operator-calls.js';
import { approveAgent, makeInstallCode, type SampleAgent, startSampleAgent } from '../kit/sample-agent.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

const SIDES = ['legacy', 'engine'] as const;
type Side = (typeof SIDES)[number];
/** Targets of flips, and where each is. */
type State = Readonly<Record<'enrollment' | 'enrollment-admin' | 'token-refresh', Side>>;

describe('an agent enrols through the facade', function () {
  this.timeout(60_000);
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  let operator: OperatorCalls;
  let agent: SampleAgent | undefined;
  const now: Record<string, string> = {};

  before(async () => {
    legacy = await startSampleLegacy();
    facade = await startFacadeProcess({ legacy });
    operator = operatorAt(facade.address);
    await facade.engineReady();
  });
  afterEach(async () => {
    await agent?.stop();
    agent = undefined;
  });
  after(async () => {
    await facade?.stop();
    await legacy?.stop();
  });

  const move = async (target: string, side: Side) => {
    if ((now[target] ?? 'legacy') === side) return;
    await facade.flip(target, side);
    now[target] = side;
  };
  const newAgent = async () => {
    const code = await makeInstallCode(operator, 1);
    agent = await startSampleAgent({
      server: facade.address,
      code,
      hostname: `PC-${Math.random().toString(36).slice(2, 10)}`,
      timeScale: 0.05,
      refreshBefore: 900,
    });
    return agent;
  };
  const lives = async (one: SampleAgent) => {
    await one.waitFor('enrolled');
    for (const type of ['heartbeat', 'checkin', 'refreshed'] as const)
      assert.equal((await one.waitFor(type)).status, 200, type);
    assert.deepEqual(one.fatal(), []);
    assert.equal(one.events.filter(({ type }) => type === 'enrolment_pending').length, 1);
  };
  /** Requests of the enrolment that each side answered. */
  const servedBy = async (side: Side) => {
    const metrics = String(await facade.admin('GET', '/metrics'));
    const lines = metrics.matchAll(
      new RegExp(`^facade_requests_total\\{row="enroll-\\w+",side="${side}",class="2xx"\\} (\\d+)`, 'gm'),
    );
    return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
  };

  const states = SIDES.flatMap((enrollment) =>
    SIDES.flatMap((admin) =>
      SIDES.map((refresh): State => ({ enrollment, 'enrollment-admin': admin, 'token-refresh': refresh })),
    ),
  );
  for (const state of states)
    it(`with ${Object.entries(state)
      .map((entry) => entry.join(' at '))
      .join(', ')}`, async () => {
      for (const [target, side] of Object.entries(state)) await move(target, side);
      const before = await servedBy(state.enrollment);
      const one = await newAgent();
      await approveAgent(operator, one);
      await lives(one);
      assert.ok((await servedBy(state.enrollment)) >= before + 2);
    });

  for (const from of SIDES) {
    const to = from === 'legacy' ? 'engine' : 'legacy';
    it(`with the group flipped from ${from} to ${to} between its request and its last poll`, async () => {
      await move('enrollment', from);
      const one = await newAgent();
      await one.waitFor('enrolment_pending');
      await move('enrollment', to);
      const before = await servedBy(to);
      await approveAgent(operator, one);
      await lives(one);
      assert.ok((await servedBy(to)) > before);
    });
  }

  it('and finishes at the legacy when the engine dies after the request', async () => {
    await move('enrollment', 'engine');
    const pid = await facade.engineReady();
    const one = await newAgent();
    await one.waitFor('enrolment_pending');
    await move('enrollment', 'legacy');
    process.kill(pid, 'SIGKILL');
    await approveAgent(operator, one);
    await lives(one);
    await facade.engineReady(pid);
  });
});
