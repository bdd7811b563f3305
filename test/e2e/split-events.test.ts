/** Events at stage split, with an engine that the test plays: who gets them, in which order, and what comes back. */
import assert from 'node:assert/strict';
import { io, type Socket } from 'socket.io-client';
import { type FlaskSocketio, startFlaskSocketio } from '../kit/flask-socketio.js';
import { eventRow, type SocketFacade, startSocketFacade } from '../kit/flask-socketio-facade.js';
import { type StubEngineLink, startStubEngineLink } from '../kit/stub-engine-link.js';

/** The plain server acknowledges it with its payload. */
const ECHO = 'echo';

function heard(client: Socket, event: string): Promise<unknown> {
  return new Promise((resolve) => client.once(event, resolve));
}

describe('events at stage split', () => {
  let legacy: FlaskSocketio;
  let engine: StubEngineLink;
  let facade: SocketFacade;
  let client: Socket;
  const connect = async (transports = ['websocket']): Promise<Socket> => {
    const socket = io(facade.url, { transports, forceNew: true, reconnection: false });
    await heard(socket, 'connect');
    return socket;
  };

  before(async () => {
    legacy = await startFlaskSocketio();
  });
  after(() => legacy.kill());
  beforeEach(async () => {
    engine = await startStubEngineLink();
    facade = await startSocketFacade({
      legacy: { url: legacy.url },
      engine: { socketPath: engine.socketPath },
      stage: 'split',
      split: { reregisterPerSecond: 100 },
    });
    await facade.told('link up');
    client = await connect();
  });
  afterEach(async () => {
    client.disconnect();
    await facade.close();
    await engine.stop();
  });

  it('tells the engine of a session, its handshake, its joining and its end', async () => {
    await engine.seen('join');
    const [open] = engine.told.filter((message) => message.type === 'open');
    const [join] = engine.told.filter((message) => message.type === 'join');
    assert.ok(open?.type === 'open' && join?.type === 'join');
    assert.equal(open.session, client.io.engine.id);
    assert.deepEqual([join.session, join.socket], [open.session, client.id]);
    assert.equal(open.handshake.address, '127.0.0.1');
    assert.match(open.handshake.target, /^\/socket\.io\/\?EIO=4&transport=websocket/);
    assert.equal(open.handshake.headers.host, `127.0.0.1:${facade.port}`);
    client.disconnect();
    await engine.seen('close');
  });

  it('gives the engine an event of its own as it was written, and the client the acknowledgement', async () => {
    facade.flipEvents([eventRow(ECHO)]);
    engine.answer = ({ packet }) => ({ ack: packet.replace(/^2(\d+).*/, '3$1["engine"]') });
    assert.equal(await client.emitWithAck(ECHO, { n: 1 }), 'engine');
    assert.match(engine.events('handle')[0]?.packet ?? '', /^2\d+\["echo",\{"n":1\}\]$/);
  });

  it('a flip needs no reconnect, to and fro', async () => {
    engine.answer = ({ packet }) => ({ ack: packet.replace(/^2(\d+).*/, '3$1["engine"]') });
    assert.equal(await client.emitWithAck(ECHO, 'legacy'), 'legacy');
    facade.flipEvents([eventRow(ECHO)]);
    assert.equal(await client.emitWithAck(ECHO, 'legacy'), 'engine');
    facade.flipEvents([]);
    assert.equal(await client.emitWithAck(ECHO, 'legacy'), 'legacy');
  });

  it('binary goes to the engine with its attachments, and comes back so', async () => {
    facade.flipEvents([eventRow(ECHO)]);
    const bytes = Buffer.from([1, 2, 3]);
    client.emit(ECHO, { image: bytes, more: [bytes] });
    await engine.seen('event');
    const [event] = engine.events();
    assert.match(event?.packet ?? '', /^52-\["echo",/);
    assert.deepEqual(event?.binaries, [bytes, bytes]);
    const answer = heard(client, 'shown');
    engine.say(
      { type: 'emit', to: 'all', event: 'shown', packet: '51-["shown",{"_placeholder":true,"num":0}]', attachments: 1 },
      [bytes],
    );
    assert.deepEqual([...((await answer) as Buffer)], [1, 2, 3]);
  });

  it('an emission reaches the sessions that it names, once, and those that joined', async () => {
    const other = await connect(['polling']);
    const words: string[] = [];
    client.on('word', (word: string) => words.push(`client ${word}`));
    other.on('word', (word: string) => words.push(`other ${word}`));
    const emit = (to: 'all' | string[], word: string): void =>
      engine.say({ type: 'emit', to, event: 'word', packet: `2["word","${word}"]`, attachments: 0 });
    const id = other.io.engine.id;
    emit([id, 'gone'], 'one');
    emit('all', 'both');
    await new Promise((resolve) => other.on('word', (word) => word === 'both' && resolve(undefined)));
    await client.emitWithAck(ECHO, 'after');
    assert.deepEqual(words.toSorted(), ['client both', 'other both', 'other one']);
    other.disconnect();
  });

  it('an emission to many arrives as it is, whatever its length and each client’s transport', async () => {
    const others = [await connect(), await connect(['polling'])];
    for (const length of [1, 90, 125, 126, 60_000, 65_536, 300_000]) {
      const text = `${'ü€😀"\\'.repeat(length / 5)}${length}`;
      const all = Promise.all([client, ...others].map((socket) => heard(socket, 'word')));
      engine.say({
        type: 'emit',
        to: 'all',
        event: 'word',
        packet: `2["word",${JSON.stringify(text)}]`,
        attachments: 0,
      });
      assert.deepEqual(await all, [text, text, text]);
    }
    for (const other of others) other.disconnect();
  });

  it('keeps the order of one connection at each side, across flips', async () => {
    const numbers = Array.from({ length: 300 }, (_, index) => index);
    const legacyGot: number[] = [];
    client.on('shout', (number: number) => legacyGot.push(number));
    for (const number of numbers) {
      if (number % 40 === 0) facade.flipEvents(number % 80 === 0 ? [] : [eventRow('shout')]);
      client.emit('shout', number);
      if (number % 40 === 39) await client.emitWithAck(ECHO, 'a turn');
    }
    await client.emitWithAck(ECHO, 'the end');
    const engineGot = engine.events('handle').map(({ packet }) => Number(/,(\d+)\]/.exec(packet)?.[1]));
    assert.deepEqual(
      engineGot,
      engineGot.toSorted((a, b) => a - b),
    );
    assert.deepEqual(
      legacyGot,
      legacyGot.toSorted((a, b) => a - b),
    );
    assert.deepEqual(
      [...engineGot, ...legacyGot].toSorted((a, b) => a - b),
      numbers,
    );
    assert.ok(engineGot.length > 100 && legacyGot.length > 100);
  });

  it('an event goes to the legacy only once the engine is done with those of its name', async () => {
    facade.flipEvents([eventRow(ECHO)]);
    engine.answer = () => undefined;
    const first = client.emitWithAck(ECHO, 'first');
    await engine.seen('event');
    facade.flipEvents([]);
    const order: string[] = [];
    const second = client.emitWithAck(ECHO, 'second').then(() => order.push('second'));
    await client
      .timeout(200)
      .emitWithAck('headers', null)
      .catch(() => order.push('behind it'));
    const [event] = engine.events();
    engine.say({
      type: 'done',
      number: event?.number ?? 0,
      outcome: 'handled',
      ack: (event?.packet ?? '').replace(/^2(\d+).*/, '3$1[]'),
      attachments: 0,
      ms: 1,
    });
    await first;
    await second;
    assert.deepEqual(order, ['behind it', 'second']);
  });

  it('an engine that hangs holds up what was flipped away from it for five seconds, no longer', async () => {
    facade.flipEvents([eventRow(ECHO)]);
    engine.answer = () => undefined;
    client.emit(ECHO, 'never answered');
    await engine.seen('event');
    facade.flipEvents([]);
    const startedAt = performance.now();
    assert.equal(await client.emitWithAck(ECHO, 'after'), 'after');
    const ms = performance.now() - startedAt;
    assert.ok(ms > 4_000 && ms < 10_000, `after ${ms} ms`);
  });

  it('what still waited for its turn when its client left is passed on all the same', async () => {
    facade.flipEvents([eventRow('shout')]);
    engine.answer = () => undefined;
    const leaving = await connect();
    leaving.emit('shout', 'at the engine');
    await engine.seen('event');
    facade.flipEvents([]);
    const shout = heard(client, 'shout');
    leaving.emit('shout', 'last words');
    const gone = heard(leaving, 'disconnect');
    leaving.disconnect();
    await gone;
    engine.say({ type: 'done', number: engine.events()[0]?.number ?? 0, outcome: 'handled', attachments: 0, ms: 1 });
    assert.equal(await shout, 'last words');
    await facade.told('closed legacy websocket client-closed');
  });

  it('an engine that speaks another version gets nothing', async () => {
    const other = await startStubEngineLink(2);
    const apart = await startSocketFacade({
      legacy: { url: legacy.url },
      engine: { socketPath: other.socketPath },
      events: [eventRow(ECHO)],
      stage: 'split',
    });
    assert.deepEqual(await apart.log.told('socket-link-down'), { why: 'another version of the link', lost: 0 });
    const lone = io(apart.url, { transports: ['websocket'], forceNew: true, reconnection: false });
    await heard(lone, 'connect');
    assert.equal(await lone.emitWithAck(ECHO, 'legacy'), 'legacy');
    assert.deepEqual(other.events(), []);
    lone.disconnect();
    await apart.close();
    await other.stop();
  });

  describe('both', () => {
    it('the engine learns what the legacy handles', async () => {
      facade.flipEvents([eventRow(ECHO, { stage: 'legacy', both: true })]);
      assert.equal(await client.emitWithAck(ECHO, 'x'), 'x');
      await engine.seen('event');
      assert.equal(engine.events('learn').length, 1);
    });

    it('the legacy gets a copy without the acknowledgement id of what the engine handles', async () => {
      facade.flipEvents([eventRow('shout', { both: true })]);
      const shout = heard(client, 'shout');
      assert.equal(await client.emitWithAck('shout', 'x'), undefined);
      assert.equal(await shout, 'x');
      assert.equal(engine.events('handle').length, 1);
    });
  });

  describe('without the engine', () => {
    it('an event falls back to the legacy, or to nobody, as its row says', async () => {
      await engine.kill();
      await facade.told('link down');
      facade.flipEvents([eventRow(ECHO), eventRow('shout', { fallback: 'none' })]);
      let shouted = false;
      client.on('shout', () => {
        shouted = true;
      });
      client.emit('shout', 'x');
      assert.equal(await client.emitWithAck(ECHO, 'legacy'), 'legacy');
      assert.equal(shouted, false);
      assert.ok(facade.counted.includes('event shout engine dropped'));
      assert.ok(facade.counted.includes('event echo legacy fallback'));
    });

    it('what was under way is not sent twice', async () => {
      facade.flipEvents([eventRow('shout')]);
      engine.answer = () => undefined;
      let shouted = 0;
      client.on('shout', () => {
        shouted += 1;
      });
      client.emit('shout', 'x');
      await engine.seen('event');
      await engine.kill();
      await facade.told('event shout engine lost');
      await client.emitWithAck(ECHO, 'after');
      assert.equal(shouted, 0);
    });

    it('an engine that is back is told of all sessions, and those whose presence can not be told anew are ended at the transport', async () => {
      facade.flipEvents([eventRow('connect_agent')]);
      const other = await connect();
      client.emit('connect_agent', { agent_id: 'A', more: 'x'.repeat(2_000) });
      other.emit('connect_agent', { agent_id: 'B' });
      await engine.seen('event', 2);
      assert.equal(facade.sockets.registry.list().find(({ agentId }) => agentId === 'A')?.bridged, true);
      const before = engine.told.length;
      await engine.kill();
      await facade.told('link down');
      await engine.start();
      assert.equal(await heard(client, 'disconnect'), 'transport close');
      await facade.told('closed legacy websocket engine-restarted');
      const again = engine.told.slice(before).filter(({ type }) => type === 'open' || type === 'join');
      assert.equal(again.length, 4);
      assert.deepEqual(
        engine.events('learn').map(({ packet }) => packet),
        ['2["connect_agent",{"agent_id":"B"}]'],
      );
      assert.equal(other.connected, true);
      other.disconnect();
    });

    it('an engine that is back learns anew what it was told beside the legacy, and what it could not be told', async () => {
      facade.flipEvents([
        eventRow('connect_agent', { stage: 'legacy', both: true }),
        eventRow('agent_heartbeat', { stage: 'legacy', both: true }),
        eventRow('collector_status', { stage: 'legacy' }),
      ]);
      client.emit('connect_agent', { agent_id: 'B' });
      client.emit('collector_status', { agent_id: 'B' });
      await engine.seen('event');
      await engine.kill();
      await facade.told('link down');
      client.emit('agent_heartbeat', { agent_id: 'B' });
      await client.emitWithAck(ECHO, 'so that the facade has it');
      const before = engine.told.length;
      await engine.start();
      await facade.told('link up', 2);
      client.emit('connect_agent', { agent_id: 'C' });
      while (engine.told.length < before + 6) await new Promise((resolve) => setTimeout(resolve, 5));
      assert.deepEqual(
        engine.told
          .slice(before)
          .map((message) => (message.type === 'event' ? `${message.use} ${message.packet}` : message.type)),
        [
          'hello',
          'open',
          'join',
          'learn 2["connect_agent",{"agent_id":"B"}]',
          'learn 2["agent_heartbeat",{"agent_id":"B"}]',
          'learn 2["connect_agent",{"agent_id":"C"}]',
        ],
      );
      assert.equal(client.connected, true);
    });

    it('a new engine is told of everybody, however little of it may be under way', async () => {
      await facade.close();
      facade = await startSocketFacade({
        legacy: { url: legacy.url },
        engine: { socketPath: engine.socketPath },
        events: [eventRow('connect_agent')],
        stage: 'split',
        split: { linkBufferBytes: 2_000 },
      });
      await facade.told('link up');
      const agents = await Promise.all(Array.from({ length: 8 }, () => connect()));
      for (const [number, agent] of agents.entries())
        await agent.emitWithAck('connect_agent', { agent_id: `${number}` });
      await engine.kill();
      await facade.told('link down');
      await engine.start();
      while (engine.events('learn').length < 8) await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal(new Set(engine.events('learn').map(({ packet }) => packet)).size, 8);
      for (const agent of agents) agent.disconnect();
    });

    it('refused by the engine, it is the legacy’s', async () => {
      facade.flipEvents([eventRow(ECHO)]);
      engine.answer = () => ({ outcome: 'refused' });
      assert.equal(await client.emitWithAck(ECHO, 'legacy'), 'legacy');
    });
  });

  it('an event at shadow is the legacy’s', async () => {
    facade.flipEvents([eventRow(ECHO, { stage: 'shadow', sample: 100 })]);
    assert.equal(await client.emitWithAck(ECHO, 'x'), 'x');
    assert.equal(engine.events().length, 0);
  });

  it('a canary decides by the client, the same each time', async () => {
    facade.flipEvents([eventRow(ECHO, { stage: 'canary', canary: { percent: 100, by: 'address' } })]);
    engine.answer = ({ packet }) => ({ ack: packet.replace(/^2(\d+).*/, '3$1["engine"]') });
    assert.equal(await client.emitWithAck(ECHO, 'x'), 'engine');
    facade.flipEvents([eventRow(ECHO, { stage: 'canary', canary: { percent: 0, by: 'address' } })]);
    assert.equal(await client.emitWithAck(ECHO, 'x'), 'x');
  });

  it('a session that was bridged stays so when the sockets go elsewhere', async () => {
    facade.flip('legacy');
    facade.flipEvents([eventRow(ECHO)]);
    assert.equal(await client.emitWithAck(ECHO, 'legacy'), 'legacy');
    const tunnelled = await connect();
    assert.deepEqual(
      facade.sockets.registry.list().map(({ bridged = false }) => bridged),
      [true, false],
    );
    tunnelled.disconnect();
  });
});
