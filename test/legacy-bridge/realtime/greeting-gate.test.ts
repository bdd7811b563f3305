/** Clients are let in a few at a time, and nobody who joins not, or too often, or from where many come, holds up the others. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { GreetingGate } from '../../../src/legacy-bridge/realtime/greeting-gate.js';

const LONG_MS = 10_000;

/** A gate, and who was let in or refused, in order. */
class World {
  readonly lines: string[] = [];
  readonly leave = new Map<string, () => void>();
  readonly gate: GreetingGate;

  constructor(most: number, patienceMs = LONG_MS) {
    this.gate = new GreetingGate({ most, patienceMs });
  }

  /** @returns what cancels it */
  enter(name: string, address = 'one'): () => void {
    return this.gate.enter({
      address,
      start: (leave) => {
        this.lines.push(name);
        this.leave.set(name, leave);
      },
      refused: () => void this.lines.push(`${name} refused`),
    });
  }

  /** These leave; @returns who is in after that */
  async left(...names: readonly string[]): Promise<readonly string[]> {
    for (const name of names) this.leave.get(name)?.();
    await turn();
    return this.lines;
  }

  end(): void {
    for (const leave of this.leave.values()) leave();
  }
}

describe('gate of greetings', () => {
  it('lets the next one in when one has been served, each once', async () => {
    const world = new World(2);
    for (const name of ['a', 'b', 'c', 'd']) world.enter(name);
    assert.deepEqual(world.lines, ['a', 'b']);
    assert.deepEqual(await world.left('a', 'a'), ['a', 'b', 'c']);
    assert.deepEqual(await world.left('b', 'c', 'd'), ['a', 'b', 'c', 'd']);
  });

  it('lets addresses take turns: one from which many come keeps no other out', async () => {
    const world = new World(1);
    for (const name of ['a1', 'a2', 'a3', 'a4']) world.enter(name, 'a');
    for (const name of ['b1', 'b2']) world.enter(name, 'b');
    world.enter('c1', 'c');
    for (const name of ['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']) await world.left(name);
    assert.deepEqual(world.lines, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  });

  it('gives a network of IPv6 one turn, whatever many addresses it has', async () => {
    const world = new World(1);
    for (const name of ['a1', 'a2', 'a3']) world.enter(name, `2001:db8::${name}`);
    world.enter('b1', '10.0.0.1');
    const gone = world.enter('a4', '2001:db8::a4');
    gone();
    for (const name of ['a1', 'a2', 'b1', 'a3']) await world.left(name);
    assert.deepEqual(world.lines, ['a1', 'a2', 'b1', 'a3']);
  });

  it('forgets those who have gone, and lets none of many who go at once in to another’s place', async () => {
    const world = new World(1);
    world.enter('a');
    const cancels = ['b', 'c'].map((name) => world.enter(name));
    world.enter('d');
    world.leave.get('a')?.();
    for (const cancel of cancels) cancel();
    await turn();
    assert.deepEqual(world.lines, ['a', 'd']);
    world.end();
  });

  it('lets nobody in while it counts enough that are in already', async () => {
    const world = new World(2);
    const served = [world.gate.join(), world.gate.join(), world.gate.join()];
    world.enter('a');
    served[0]?.();
    await turn();
    assert.deepEqual(world.lines, []);
    served[1]?.();
    await turn();
    assert.deepEqual(world.lines, ['a']);
    served[2]?.();
    world.end();
  });

  it('keeps a share of the places for those who come, however many join', async () => {
    const world = new World(8);
    const served = Array.from({ length: 100 }, () => world.gate.join());
    for (const name of ['a', 'b', 'c']) world.enter(name);
    assert.deepEqual(world.lines, ['a', 'b']);
    assert.deepEqual(await world.left('a'), ['a', 'b', 'c']);
    for (const leave of served) leave();
    world.end();
  });

  it('waits for no one for long, and bears any number who leave at once', async () => {
    const gate = new GreetingGate({ most: 1, patienceMs: 20 });
    const refused = (): void => assert.fail('it is open');
    gate.enter({ address: 'a', start: () => undefined, refused });
    let left = 0;
    const all = new Promise<void>((resolve) => {
      for (let at = 0; at < 100_000; at += 1)
        gate.enter({
          address: 'a',
          start: (leave) => {
            left += 1;
            leave();
            if (left === 100_000) resolve();
          },
          refused,
        });
    });
    assert.equal(left, 0);
    await all;
  });

  it('stays open when letting one in fails: its place is another’s', async () => {
    const world = new World(1);
    const failing = { address: 'a', start: () => assert.fail('as planned'), refused: () => undefined };
    assert.throws(() => world.gate.enter(failing), /as planned/);
    world.enter('a');
    world.enter('b');
    assert.deepEqual(await world.left('a'), ['a', 'b']);
    world.end();
  });

  it('refuses those who wait at once when it closes, and whoever comes', async () => {
    const world = new World(1);
    for (const name of ['a', 'b', 'c']) world.enter(name, name);
    world.gate.close();
    world.enter('d');
    assert.deepEqual(await world.left('a'), ['a', 'b refused', 'c refused', 'd refused']);
  });
});
