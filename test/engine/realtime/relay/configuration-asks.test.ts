import assert from 'node:assert/strict';
import type { WireText } from '../../../../src/engine/domain/encode-payload.js';
import { EventHub } from '../../../../src/engine/services/event-hub.js';
import { ConfigurationAsks } from '../../../../src/engine/services/relay/configuration-asks.js';

const packet = (text: string): WireText => ({ text, attachments: [] });

describe('ConfigurationAsks', () => {
  let asked: { readonly json: string; readonly done: () => void }[];
  let sent: string[];
  let asks: ConfigurationAsks;
  const client = (id: string) =>
    new EventHub().join(id, { send: (to, event, { text }) => sent.push(`${to} ${event} ${text}`) });
  beforeEach(() => {
    asked = [];
    sent = [];
    asks = new ConfigurationAsks({ ask: (json, done) => asked.push({ json, done }), patienceMs: 20 });
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
    assert.equal(JSON.parse(asked[1]?.json ?? '').agent_id, 'b\u2028"');
    asked[1]?.done();
    asks.answered(packet('nobody’s'));
    assert.deepEqual(sent, ['first agent_config A', 'second agent_config A']);
  });

  it('asks again what was not answered when the legacy was lost, and nothing for who has left', () => {
    const [stays, leaves] = [client('stays'), client('leaves')];
    asks.ask('a', stays);
    asks.ask('a', leaves);
    assert.equal(asked.length, 0);
    asks.up();
    asks.down();
    leaves.leave();
    asks.answered(packet('of no question'));
    asks.up();
    assert.deepEqual(
      asked.map(({ json }) => json),
      ['{"agent_id":"a"}', '{"agent_id":"a"}'],
    );
    asks.answered(packet('A'));
    assert.deepEqual(sent, ['stays agent_config A']);
  });

  it('asks no more of a legacy that does not say when it is done: whose a late answer is, nobody knows', async () => {
    asks.up();
    asks.ask('a', client('first'));
    await new Promise((resolve) => setTimeout(resolve, 40));
    asked[0]?.done();
    asks.ask('b', client('second'));
    assert.equal(asked.length, 1);
    asks.down();
    asks.up();
    assert.equal(asked.length, 2);
  });

  it('is bounded', () => {
    for (let number = 0; number < 10_000; number += 1) assert.ok(asks.ask(`a${number}`, client('x')));
    assert.equal(asks.ask('one more', client('x')), false);
    assert.equal(asks.ask('a1', client('x')), true);
  });
});
