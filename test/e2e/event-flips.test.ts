/** Operators move events one by one under connected clients, who notice nothing: the whole way of docs/operations/sockets.md. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { io, type Socket } from 'socket.io-client';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

interface EventCount {
  readonly event: string;
  readonly side: string;
  readonly outcome: string;
  readonly count: number;
}

interface SocketsView {
  readonly bridged: { readonly websocket: number };
  readonly link: boolean | null;
  readonly events: readonly EventCount[];
  readonly sockets: readonly { readonly agentId?: string; readonly bridged?: true; readonly events?: number }[];
}

describe('flips of events', function () {
  this.timeout(60_000);
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  let agent: Socket;
  let browser: Socket;
  const ends: string[] = [];

  before(async () => {
    legacy = await startSampleLegacy();
    facade = await startFacadeProcess({ legacy });
    await facade.engineReady();
    await facade.flip('sockets', 'split');
    [agent, browser] = await Promise.all([dial(), dial()]);
  });
  after(async () => {
    agent?.close();
    browser?.close();
    await facade?.stop();
    await legacy?.stop();
  });

  async function dial(): Promise<Socket> {
    const socket = io(facade.address, { transports: ['websocket'], reconnection: false, forceNew: true });
    socket.on('disconnect', (reason) => ends.push(reason));
    await new Promise<void>((resolve) => void socket.once('connect', resolve));
    return socket;
  }

  const view = async () => (await facade.admin('GET', '/sockets?limit=10')) as SocketsView;
  const counted = async (event: string, side: string, outcome: string): Promise<number> => {
    const { events } = await view();
    return events.find((one) => one.event === event && one.side === side && one.outcome === outcome)?.count ?? 0;
  };
  /** Waits for what is counted a moment after the client was answered. */
  const reached = async (event: string, side: string, outcome: string, least: number): Promise<void> => {
    while ((await counted(event, side, outcome)) < least) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const agents = async (): Promise<Record<string, { readonly hostname: string }>> =>
    (await (await fetch(`${facade.address}/api/agents`)).json()) as never;

  it('shows a bridged agent by its id, with what became of its events', async () => {
    await agent.emitWithAck('connect_agent', { agent_id: 'pc-1' });
    await agent.emitWithAck('agent_heartbeat', { agent_id: 'pc-1', hostname: 'HOST-1' });
    await reached('agent_heartbeat', 'engine', 'copied', 1);
    const { bridged, link, sockets } = await view();
    const shown = sockets.find(({ agentId }) => agentId === 'pc-1');
    assert.deepEqual([bridged.websocket, link, shown?.bridged, shown?.events], [2, true, true, 2]);
    assert.deepEqual(
      [await counted('connect_agent', 'legacy', 'passed'), await counted('connect_agent', 'engine', 'copied')],
      [1, 1],
    );
  });

  it('lets the registry move first: the engine was told beside the legacy', async () => {
    assert.equal((await agents())['pc-1']?.hostname, 'HOST-1');
    await facade.flip('registry', 'engine');
    assert.equal((await agents())['pc-1']?.hostname, 'HOST-1');
    await assert.rejects(facade.flip('sockets', 'legacy'), /requires_unmet/);
  });

  it('tells an engine that is started anew who is there: what agents are provisioned with reaches them', async () => {
    const engine = await facade.engineReady();
    process.kill(engine, 'SIGKILL');
    await facade.engineReady(engine);
    while ((await view()).link !== true) await new Promise((resolve) => setTimeout(resolve, 20));
    const told = new Promise((resolve) => void agent.once('agent_config', resolve));
    const [headers, body] = [{ 'content-type': 'application/json' }, { agent_id: 'pc-1', roles: [{ role: 'x' }] }];
    const answer = await fetch(`${facade.address}/api/agent/provision`, {
      ...{ method: 'POST', headers, body: JSON.stringify(body) },
    });
    assert.equal(answer.status, 200);
    assert.deepEqual(await told, { roles: [{ role: 'x' }], agent_id: 'pc-1' });
  });

  it('flips a relay ten times, and each event reaches everyone once, in order', async () => {
    const heard: number[] = [];
    browser.on('list_agent_windows', ({ n }) => heard.push(n));
    let sent = 0;
    for (let flip = 0; flip < 10; flip += 1) {
      await facade.flip('windows', flip % 2 === 0 ? 'engine' : 'legacy');
      for (let time = 0; time < 5; time += 1) {
        sent += 1;
        await agent.emitWithAck('list_agent_windows', { n: sent });
      }
    }
    await browser.emitWithAck('macro_status', {});
    assert.deepEqual(
      heard,
      Array.from({ length: sent }, (_unused, at) => at + 1),
    );
    assert.equal(await counted('list_agent_windows', 'engine', 'handled'), 25);
    assert.equal(await counted('list_agent_windows', 'legacy', 'passed'), 25);
  });

  it('keeps the legacy told of presence that the engine handles', async () => {
    await facade.flip('presence', 'engine');
    await agent.emitWithAck('agent_heartbeat', { agent_id: 'pc-1', hostname: 'HOST-2' });
    await reached('agent_heartbeat', 'engine', 'handled', 1);
    assert.equal((await agents())['pc-1']?.hostname, 'HOST-2');
    await facade.flip('registry', 'legacy');
    assert.equal(await counted('agent_heartbeat', 'legacy', 'copied'), 1);
    while ((await agents())['pc-1']?.hostname !== 'HOST-2') await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('refuses an event that the engine has no handler for, and explains where one goes', async () => {
    const text = readFileSync(facade.tableFile, 'utf8');
    writeFileSync(
      facade.tableFile,
      text.replace('  events:\n', '  events:\n    our_own: { stage: legacy, custom: true }\n'),
    );
    await assert.rejects(facade.flip('event:our_own', 'engine'), /engine_not_fit/);
    const { side, alsoTo } = (await facade.admin('POST', '/explain/event', { event: 'connect_agent' })) as {
      side: string;
      alsoTo: string;
    };
    assert.deepEqual([side, alsoTo], ['engine', 'legacy']);
  });

  it('left every connection alone', () => {
    assert.deepEqual([ends, agent.connected, browser.connected], [[], true, true]);
  });
});
