import assert from 'node:assert/strict';
import type { SocketClock } from '../../../../src/facade/sockets/socket-clock.js';
import { engineQuery, opensSession, websocketTarget } from '../../../../src/facade/sockets/split/bridge-request.js';
import { EndedSessions } from '../../../../src/facade/sockets/split/ended-sessions.js';
import { EventRate } from '../../../../src/facade/sockets/split/event-rate.js';
import { exceedsLegacy } from '../../../../src/facade/sockets/split/legacy-length.js';
import { ReRegistration } from '../../../../src/facade/sockets/split/re-registration.js';
import { AddressCounts } from '../../../../src/legacy-bridge/realtime/address-counts.js';

describe('the rate of one connection’s events', () => {
  it('allows a burst, then what is earned by time', () => {
    const rate = new EventRate(2, 0);
    const take = (at: number, times: number): number =>
      Array.from({ length: times }, () => rate.take(at)).filter((taken) => taken).length;
    assert.equal(take(0, 30), 20);
    assert.equal(take(500, 5), 1);
    assert.equal(take(100_000, 30), 20);
  });

  it('has no limit at 0', () => {
    const rate = new EventRate(0, 0);
    assert.ok(Array.from({ length: 1_000 }, () => rate.take(0)).every((taken) => taken));
  });
});

describe('sessions of one address', () => {
  it('are let in up to the limit, and again when one leaves', () => {
    const counts = new AddressCounts(2);
    assert.deepEqual(
      [counts.enter('a'), counts.enter('a'), counts.enter('a'), counts.enter('b')],
      [true, true, false, true],
    );
    counts.leave('a');
    assert.equal(counts.enter('a'), true);
  });

  it('are counted together in a network of IPv6', () => {
    const counts = new AddressCounts(2);
    assert.deepEqual(
      ['2001:db8::1', '2001:DB8:0:0:ffff::2', '2001:db8::3', '2001:db8:0:1::3'].map((address) => counts.enter(address)),
      [true, true, false, true],
    );
    counts.leave('2001:db8::1');
    assert.equal(counts.enter('2001:db8::4'), true);
  });
});

describe('the length that the legacy takes', () => {
  it('counts a text’s characters with the digit before it, and a binary message’s bytes', () => {
    assert.equal(exceedsLegacy(['x'.repeat(9)], 10), false);
    assert.equal(exceedsLegacy(['x'.repeat(10)], 10), true);
    assert.equal(exceedsLegacy(['ü'.repeat(9)], 10), false);
    assert.equal(exceedsLegacy(['😀'.repeat(9)], 10), false);
    assert.equal(exceedsLegacy(['😀'.repeat(10)], 10), true);
    assert.equal(exceedsLegacy(['x', Buffer.alloc(10)], 10), false);
    assert.equal(exceedsLegacy(['x', Buffer.alloc(11)], 10), true);
  });
});

describe('requests that open a session', () => {
  const opens = (target: string, isUpgrade = false, method = 'GET'): boolean =>
    opensSession(method, engineQuery(target), isUpgrade);

  it('are of version 4, without a session, by a transport that fits', () => {
    assert.equal(opens('/socket.io/?EIO=4&transport=polling'), true);
    assert.equal(opens('/socket.io/?EIO=4'), true);
    assert.equal(opens('/socket.io/?EIO=4&transport=websocket', true), true);
    for (const target of [
      '/socket.io/?EIO=3&transport=polling',
      '/socket.io/?transport=polling',
      '/socket.io/?EIO=4&transport=websocket',
      '/socket.io/?EIO=4&transport=polling&sid=x',
      '/socket.io/',
    ])
      assert.equal(opens(target), false, target);
    assert.equal(opens('/socket.io/?EIO=4&transport=polling', false, 'POST'), false);
    assert.equal(opens('/socket.io/?EIO=4&transport=polling', true), false);
  });

  it('read the first of several fields, as the legacy does', () => {
    assert.deepEqual(engineQuery('/socket.io/?EIO=4&EIO=3&transport=polling&transport=websocket&sid=a&sid=b'), {
      EIO: '4',
      transport: 'polling',
      sid: 'a',
    });
  });

  it('become a target that asks for a websocket, with the rest of the query as it was', () => {
    assert.equal(
      websocketTarget('/socket.io/?EIO=4&transport=polling&t=x%20y&j=3&a=1&a=2'),
      '/socket.io/?EIO=4&t=x%20y&a=1&a=2&transport=websocket',
    );
    assert.equal(websocketTarget('/socket.io/?EIO=4'), '/socket.io/?EIO=4&transport=websocket');
  });
});

describe('sessions that ended', () => {
  it('are known for a minute', () => {
    let now = 0;
    const ended = new EndedSessions({ now: () => now, after: () => () => {} });
    ended.add('a');
    now = 59_000;
    ended.add('b');
    assert.deepEqual([ended.has('a'), ended.has('b')], [true, true]);
    now = 61_000;
    assert.deepEqual([ended.has('a'), ended.has('b')], [false, true]);
  });
});

describe('sessions that must register anew', () => {
  it('are ended one by one at a rate, none before it has settled, those that went by themselves not at all', () => {
    const due: { at: number; task: () => void }[] = [];
    let now = 0;
    const clock: SocketClock = {
      now: () => now,
      after: (ms, task) => {
        const entry = { at: now + ms, task };
        due.push(entry);
        return () => void due.splice(due.indexOf(entry), 1);
      },
    };
    const ended: string[] = [];
    const session = (name: string, openedAt: number, isOver = false) => ({
      openedAt,
      isOver,
      end: (reason: string) => ended.push(`${name} ${now} ${reason}`),
    });
    new ReRegistration({ clock, perSecond: 10, settleMs: 1_000 }).start([
      session('a', -5_000),
      session('gone', -4_000, true),
      session('b', -3_000),
      session('young', -200),
    ]);
    for (let next = due.shift(); next !== undefined; next = due.shift()) {
      now = next.at;
      next.task();
    }
    assert.deepEqual(ended, ['a 0 engine-restarted', 'b 100 engine-restarted', 'young 800 engine-restarted']);
  });
});
