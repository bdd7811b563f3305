import assert from 'node:assert/strict';
import { type SendingSession, UnfinishedMessages } from '../../../src/legacy-bridge/realtime/unfinished-messages.js';
import { fakeSocketClock } from '../../kit/ws-client-clock.js';

describe('messages that are not whole yet', () => {
  function setUp(held: Readonly<Record<string, number>>) {
    const clock = fakeSocketClock();
    const ended: string[] = [];
    const sessions = new Map<string, SendingSession>();
    for (const [name, heldBytes] of Object.entries(held))
      sessions.set(name, {
        heldBytes,
        endUnfinished: () => {
          ended.push(name);
          sessions.delete(name);
        },
      });
    return {
      clock,
      ended,
      sessions,
      watch: new UnfinishedMessages({
        after: (ms, task) => clock.after(ms, task),
        mostBytes: 100,
        sessions: () => sessions.values(),
      }),
    };
  }

  it('end the sessions that have sent most, until those that stay hold no more than they may together', () => {
    const { clock, ended, sessions, watch } = setUp({ a: 40, b: 60, c: 0, d: 50, e: 10 });
    watch.watch();
    clock.advance(1_000);
    assert.deepEqual(ended, ['b']);
    sessions.set('f', { heldBytes: 1, endUnfinished: () => {} });
    clock.advance(1_000);
    assert.deepEqual([...sessions.keys()], ['a', 'c', 'e', 'f']);
  });

  it('are looked at for as long as there are sessions, and again when there is another', () => {
    const { clock, ended, sessions, watch } = setUp({});
    watch.watch();
    clock.advance(1_000);
    sessions.set('late', { heldBytes: 101, endUnfinished: () => sessions.delete('late') && ended.push('late') });
    clock.advance(5_000);
    assert.deepEqual(ended, []);
    watch.watch();
    clock.advance(1_000);
    assert.deepEqual(ended, ['late']);
    watch.close();
    clock.advance(5_000);
    assert.deepEqual(ended, ['late']);
  });
});
