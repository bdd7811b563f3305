import assert from 'node:assert/strict';
import type { EventComparison, ShadowedEvent } from '../../../../src/facade/sockets/split/event-shadow.js';
import type { WholePacket } from '../../../../src/facade/sockets/split/packet-assembler.js';
import { SessionShadow } from '../../../../src/facade/sockets/split/session-shadow.js';
import { readPacketHead } from '../../../../src/legacy-bridge/realtime/packet-head.js';
import { eventRow } from '../../../kit/flask-socketio-facade.js';

const ROW = eventRow('echo', { stage: 'shadow' });
const OWN = '2000000001';

/** A session whose comparisons are decided by the test; what they are told becomes lines. */
class World {
  readonly lines: string[] = [];
  isWanted = true;
  begins = true;
  begun: ShadowedEvent | undefined;
  ready: (comparison: EventComparison | undefined) => void = () => assert.fail('nothing was begun');
  readonly shadow = new SessionShadow({
    shadow: {
      wants: () => this.isWanted,
      busy: () => this.lines.push('busy'),
      begin: (event, ready) => {
        this.begun = event;
        this.ready = ready;
        return this.begins;
      },
    },
    headers: {},
    ask: () => true,
    overhear: () => undefined,
    settled: () => this.lines.push('settled'),
  });
  readonly comparison = new (class implements EventComparison {
    isOver = false;
    readonly #lines: string[];
    constructor(lines: string[]) {
      this.#lines = lines;
    }
    passedOn(): void {
      this.#lines.push('passed on');
    }
    emitted(data: string | undefined): void {
      this.#lines.push(`emitted ${data}`);
    }
    acknowledged(data: string): void {
      this.isOver = true;
      this.#lines.push(`acknowledged ${data}`);
    }
    giveUp(): void {
      this.isOver = true;
      this.#lines.push('given up');
    }
  })(this.lines);

  pass(packet: WholePacket): WholePacket | undefined {
    const text = String(packet[0]);
    const head = readPacketHead(text);
    assert.ok(head);
    return this.shadow.passage(packet, text, head, ROW);
  }

  /** An event that is at the legacy and was not acknowledged. */
  compare(packet: WholePacket): WholePacket | undefined {
    this.pass(packet);
    this.ready(this.comparison);
    return this.pass(packet);
  }
}

describe('the comparing of one session', () => {
  it('holds an event until its dry run is done, and asks for an acknowledgement that the client did not want', () => {
    const world = new World();
    const packet: WholePacket = ['2["echo",1]'];
    assert.equal(world.pass(packet), undefined);
    assert.equal(world.pass(packet), undefined);
    assert.deepEqual([world.begun?.packet, world.begun?.data], [[`2${OWN}["echo",1]`], '["echo",1]']);
    world.ready(world.comparison);
    assert.deepEqual(world.pass(packet), [`2${OWN}["echo",1]`]);
    assert.equal(world.shadow.heard('2["echo",1]'), true);
    assert.equal(world.shadow.heard(`3${OWN}[]`), false);
    assert.deepEqual(world.lines, ['settled', 'passed on', 'emitted ["echo",1]', 'acknowledged []']);
  });

  it('lets the client have its own acknowledgement, which it looks into too', () => {
    const world = new World();
    const packet: WholePacket = ['207["echo"]'];
    assert.equal(world.compare(packet), packet);
    assert.equal(world.shadow.heard('36[]'), true);
    assert.equal(world.shadow.heard('37["x"]'), true);
    assert.equal(world.lines.at(-1), 'acknowledged ["x"]');
  });

  it('swallows what comes too late, attachments too', () => {
    const world = new World();
    world.compare(['2["echo"]']);
    world.shadow.close();
    assert.equal(world.lines.at(-1), 'given up');
    assert.equal(world.shadow.heard(`61-${OWN}[{"_placeholder":true,"num":0}]`), false);
    assert.equal(world.shadow.heard(Buffer.of(1)), false);
    assert.equal(world.shadow.heard(Buffer.of(2)), true);
  });

  it('passes on what is not compared, as it is', () => {
    const world = new World();
    world.isWanted = false;
    const packet: WholePacket = ['2["echo"]'];
    assert.equal(world.pass(packet), packet);
    world.isWanted = true;
    world.begins = false;
    assert.equal(world.pass(packet), packet);
    world.begins = true;
    world.pass(packet);
    world.ready(undefined);
    assert.equal(world.pass(packet), packet);
    assert.deepEqual(world.lines, ['settled']);
  });

  it('compares one event at a time', () => {
    const world = new World();
    world.compare(['2["echo",1]']);
    const next: WholePacket = ['2["echo",2]'];
    assert.equal(world.pass(next), next);
    assert.equal(world.lines.at(-1), 'busy');
    world.comparison.isOver = true;
    assert.equal(world.pass(next), undefined);
  });

  it('gives up an event that goes elsewhere, also when its dry run ends afterwards', () => {
    const world = new World();
    world.pass(['2["echo"]']);
    world.shadow.release();
    world.ready(world.comparison);
    assert.deepEqual(world.lines, ['given up']);
  });

  it('compares nothing of a client whose ids could be taken for its own', () => {
    const world = new World();
    const packet: WholePacket = [`2${OWN}["echo"]`];
    assert.equal(world.pass(packet), packet);
    assert.equal(world.shadow.heard(`3${OWN}[]`), true);
    assert.equal(world.begun, undefined);
  });

  it('knows other namespaces nothing of', () => {
    const world = new World();
    world.compare(['2["echo"]']);
    assert.equal(world.shadow.heard(`3/other,${OWN}[]`), true);
    assert.equal(world.shadow.heard('2/other,["echo"]'), true);
    assert.equal(world.lines.at(-1), 'passed on');
  });
});
