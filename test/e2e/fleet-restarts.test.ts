/**
 * A thousand agents over the packet bridge, whose presence the engine has: events are flipped under them, the legacy is killed and
 * started again, then the engine. Each agent is back by itself, nothing is lost, doubled or out of order, and memory returns.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { CoreWaitWatch } from '../kit/core-wait-watch.js';
import { countOf, untilCount, untilCounted } from '../kit/facade-metrics.js';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { type FleetProcess, startFleet } from '../kit/fleet-process.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

const AGENTS = 1000;
/** What an agent waits before it dials again: the real one's own. */
const BACK_OFF_S = 5;
const FLIPS = 10;
/** Agents that are owed an answer at once: so many may be late when for a second nobody could give one. */
const OWED_AT_ONCE = 32;
/** One each 50 ms, on a machine that may have much else to do. */
const LOOKS = 1000;

describe('a fleet of a thousand agents at split', function () {
  this.timeout(180_000);
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  let fleet: FleetProcess | undefined;
  let watch: CoreWaitWatch | undefined;
  let memoryBefore = 0;

  before(async () => {
    legacy = await startSampleLegacy();
    facade = await startFacadeProcess({ legacy });
    await facade.engineReady();
    await facade.flip('sockets', 'split');
    await facade.flip('presence', 'engine');
    // Order holds within a side: what these agents ask is answered by one.
    await facade.flip('registry', 'engine');
    fleet = startFleet(
      facade.address,
      ...['--agents', String(AGENTS), '--ramp-per-second', '400', '--seconds', '600'],
      ...['--heartbeat-seconds', '15', '--reconnect-seconds', String(BACK_OFF_S), '--ack-seconds', '60'],
    );
    watch = new CoreWaitWatch(() => [legacy.pid(), facade.child.pid, fleet?.pid]);
    await allJoined(AGENTS);
    memoryBefore = residentMiB();
  });
  after(async () => {
    watch?.stop();
    fleet?.kill();
    await facade?.stop();
    await legacy?.stop();
  });

  const told = (event: string): Promise<number> => countOf(facade, 'facade_socket_events_total', `event="${event}"`);
  /** As many sayings of who they are as there were joinings: all of them are there, and the engine knows each. */
  const allJoined = (joinings: number): Promise<void> =>
    untilCount(
      facade,
      (handled) => handled >= joinings,
      LOOKS,
      ...['facade_socket_events_total', 'event="connect_agent"', 'outcome="handled"'],
    );
  const residentMiB = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${facade.child.pid}/status`, 'utf8'))?.[1]) / 1024;

  it('does not notice ten flips', async () => {
    for (let flip = 0; flip < FLIPS; flip += 1) {
      await facade.flip('presence', flip % 2 === 0 ? 'legacy' : 'engine');
      const beats = await told('agent_heartbeat');
      await untilCounted(facade, beats + 50, 'facade_socket_events_total', 'event="agent_heartbeat"');
    }
    assert.equal(await countOf(facade, 'facade_bridged_sockets'), AGENTS);
  });

  it('is back when the legacy was killed and is there again', async () => {
    await legacy.kill('SIGKILL');
    await legacy.restart();
    await allJoined(2 * AGENTS);
    assert.equal(await countOf(facade, 'facade_bridged_sockets'), AGENTS);
  });

  it('does not notice that the engine is killed: the one that follows is told who is there', async () => {
    const engine = await facade.engineReady();
    process.kill(engine, 'SIGKILL');
    await facade.engineReady(engine);
    await untilCount(facade, (up) => up === 1, LOOKS, 'facade_socket_link_up');
    const shown = async (): Promise<readonly string[]> => {
      const agents = (await (await fetch(`${facade.address}/api/agents`)).json()) as Record<string, { status: string }>;
      return Object.values(agents).map(({ status }) => status);
    };
    while ((await shown()).filter((status) => status === 'orphaned').length < AGENTS)
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(await countOf(facade, 'facade_bridged_sockets'), AGENTS);
    assert.equal(await countOf(facade, 'facade_sockets_closed_total', 'reason="engine-restarted"'), 0);
  });

  it('needs no more memory than before', () => {
    const memory = residentMiB();
    assert.ok(memory < memoryBefore * 1.5, `${memoryBefore.toFixed()} MiB before, ${memory.toFixed()} MiB after`);
  });

  it('met no packet that loses agents, and lost, doubled or mixed up nothing', async () => {
    assert.ok(fleet && watch);
    watch.stop();
    const { code, report } = await fleet.stop();
    fleet = undefined;
    assert.deepEqual([report.connected, report.lost, report.acksLost, report.acksOutOfOrder], [AGENTS, {}, 0, 0]);
    assert.ok(report.returned.count >= AGENTS);
    // A thousand at once, each giving up after a second: none is late while legacy, facade and agents get to run.
    const { joinedLate, joined } = report;
    const { starvedSeconds } = watch;
    const what = `${joinedLate} waited too long, in ${starvedSeconds} s without a core: ${JSON.stringify(joined)}`;
    assert.ok(joinedLate <= OWED_AT_ONCE * starvedSeconds, what);
    assert.equal(code, 0);
  });

  it('leaves nothing behind', async () => {
    await untilCount(facade, (open) => open === 0, LOOKS, 'facade_bridged_sockets');
    const { sockets } = (await facade.admin('GET', '/sockets?limit=10')) as { sockets: readonly unknown[] };
    assert.deepEqual(sockets, []);
  });
});
