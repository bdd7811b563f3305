import assert from 'node:assert/strict';
import type { WireText } from '../../../../src/engine/domain/encode-payload.js';
import { EventHub } from '../../../../src/engine/services/event-hub.js';
import { ConfigurationAsks } from '../../../../src/engine/services/relay/configuration-asks.js';

const packet = (text: string): WireText => ({ text, attachments: [] });

describe('ConfigurationAsks', () => {
  let asked: { readonly json: string; readonly done: () => void }[];
  let sent: string[];
  let known: Set<string>;
  let stuck: number[];
  let whenStuck: () => void;
  let givenUp: number;
  let hub: EventHub;
  let asks: ConfigurationAsks;
  const client = (id: string) => hub.join(id, { send: (to, event, { text }) => sent.push(`${to} ${event} ${text}`) });
  const ids = () => asked.map(({ json }) => (JSON.parse(json) as { agent_id: string }).agent_id);
  beforeEach(() => {
    [asked, sent, known, stuck, givenUp, hub] = [[], [], new Set(), [], 0, new EventHub()];
    whenStuck = () => undefined;
    asks = new ConfigurationAsks({
      ask: (json, done) => asked.push({ json, done }),
      isKnown: (agentId) => known.has(agentId),
      stuck: (waitedMs) => {
        stuck.push(waitedMs);
        whenStuck();
      },
      givenUp: () => {
        givenUp += 1;
      },
      patienceMs: 20,
    });
  });
  afterEach(() => asks.down());

  it('asks one after another, and gives each answer to those who asked for it', () => {
    asks.up();
    asks.ask('a', client('first'));
    asks.ask('a', client('second'));
    asks.ask('b\u2028"', client('third'));
    assert.deepEqual(
      asked.map(({ json }) => json),
      ['{"agent_id":"a"}'],
    );
    asks.answered(packet('A'));
    asked[0]?.done();
    assert.equal(ids()[1], 'b\u2028"');
    asked[1]?.done();
    asks.answered(packet('nobody’s'));
    assert.deepEqual(sent, ['first agent_config A', 'second agent_config A']);
    assert.equal(asks.size, 0);
  });

  it('asks again for who asks after the answer and before its end', () => {
    asks.up();
    asks.ask('a', client('first'));
    asks.answered(packet('A'));
    asks.ask('a', client('second'));
    asked[0]?.done();
    asks.answered(packet('B'));
    assert.deepEqual(sent, ['first agent_config A', 'second agent_config B']);
  });

  it('asks once more what was not answered when the legacy was lost, and nothing for who has left', () => {
    const [stays, leaves] = [client('stays'), client('leaves')];
    asks.ask('a', stays);
    asks.ask('a', leaves);
    assert.equal(asked.length, 0);
    asks.up();
    asks.down();
    leaves.leave();
    asks.answered(packet('of no question'));
    asks.up();
    assert.deepEqual(ids(), ['a', 'a']);
    asks.answered(packet('A'));
    assert.deepEqual(sent, ['stays agent_config A']);
  });

  it('gives a question up that was lost twice, and goes on with the others', () => {
    asks.ask('a', client('first'));
    asks.ask('b', client('second'));
    asks.up();
    asks.down();
    asks.up();
    asked.at(-1)?.done();
    asks.down();
    assert.deepEqual([ids(), givenUp, asks.size], [['a', 'b', 'a'], 1, 0]);
    asks.up();
    asks.ask('a', client('third'));
    assert.equal(asked.length, 4);
  });

  it('does not ask again what was answered when the legacy was lost', () => {
    asks.up();
    asks.ask('a', client('first'));
    asks.answered(packet('A'));
    asks.down();
    asks.up();
    assert.deepEqual([asked.length, givenUp, asks.size], [1, 0, 0]);
  });

  it('has the legacy reached anew when a question has no end, more patiently each time, and then goes on', async () => {
    const anew = (times: number) =>
      new Promise<void>((resolve) => {
        whenStuck = () => {
          asks.down();
          asks.up();
          if (stuck.length === times) resolve();
        };
      });
    const twice = anew(2);
    asks.up();
    asks.ask('a', client('first'));
    await twice;
    assert.deepEqual([ids(), stuck, givenUp], [['a', 'a'], [20, 40], 1]);
    asked[0]?.done();
    asks.ask('b', client('second'));
    asks.answered(packet('B'));
    asked[2]?.done();
    const again = anew(3);
    asks.ask('c', client('third'));
    await again;
    assert.deepEqual([sent, stuck], [['second agent_config B'], [20, 40, 20]]);
  });

  it('asks for nothing that the engine has by now, and brings nobody an older one', () => {
    asks.ask('a', client('first'));
    asks.ask('b', client('second'));
    known.add('a');
    asks.up();
    assert.deepEqual(ids(), ['b']);
    known.add('b');
    asks.answered(packet('older'));
    asked[0]?.done();
    assert.deepEqual([sent, asks.size], [[], 0]);
  });

  it('asks nothing for those who have left, also before they were done', () => {
    const [leaves, left] = [client('leaves'), client('left')];
    asks.ask('a', leaves);
    left.leave();
    asks.left(left);
    asks.ask('b', left);
    leaves.leave();
    asks.left(leaves);
    assert.equal(asks.size, 0);
    asks.up();
    assert.deepEqual(ids(), []);
  });

  it('is bounded: in the length of an id, in the questions of one client, and in all', () => {
    const busy = client('busy');
    assert.deepEqual([asks.ask('x'.repeat(1_000), busy), asks.ask('x'.repeat(1_001), busy)], [true, false]);
    for (let number = 1; number < 100; number += 1) assert.ok(asks.ask(`a${number}`, busy));
    assert.deepEqual([asks.ask('one more', busy), asks.ask('a1', busy)], [false, true]);
    for (let number = 100; number < 10_000; number += 1) assert.ok(asks.ask(`a${number}`, client('x')));
    assert.deepEqual([asks.ask('one more', client('x')), asks.ask('a1', client('x'))], [false, true]);
  });
});
