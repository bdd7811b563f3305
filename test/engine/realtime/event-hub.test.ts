/** Clients and rooms over several carriers: everyone hears once, and nobody who has left. */
import assert from 'node:assert/strict';
import type { WireText } from '../../../src/engine/domain/encode-payload.js';
import { type EventCarrier, EventHub } from '../../../src/engine/services/event-hub.js';

class Carrier implements EventCarrier {
  readonly sent: string[] = [];
  send(to: 'all' | readonly string[], event: string, { text }: WireText): void {
    this.sent.push(`${to === 'all' ? to : to.join('+')} ${event} ${text}`);
  }
}

describe('hub of events', () => {
  it('hands what is for all to each carrier once', () => {
    const [hub, one, other] = [new EventHub(), new Carrier(), new Carrier()];
    hub.attach(one);
    const detach = hub.attach(other);
    hub.emit('e', { a: 1 });
    detach();
    hub.emit('f', null);
    assert.deepEqual(one.sent, ['all e 2["e",{"a":1}]', 'all f 2["f"]']);
    assert.deepEqual(other.sent, ['all e 2["e",{"a":1}]']);
  });

  it('finds the members of a room over all carriers, each once', () => {
    const [hub, one, other] = [new EventHub(), new Carrier(), new Carrier()];
    for (const carrier of [one, other]) hub.attach(carrier);
    const clients = [hub.join('a', one), hub.join('b', one), hub.join('a', other), hub.join('c', other)];
    for (const client of clients.slice(0, 3)) {
      client.join('room');
      client.join('room');
    }
    hub.emit('e', 1, 'room');
    assert.deepEqual([one.sent, other.sent], [['a+b e 2["e",1]'], ['a e 2["e",1]']]);
    hub.emit('e', 1, 'nobody is here');
    assert.equal(one.sent.length, 1);
  });

  it('forgets who has left, and lets nobody in who has', () => {
    const [hub, carrier] = [new EventHub(), new Carrier()];
    hub.attach(carrier);
    const client = hub.join('a', carrier);
    client.join('one');
    client.leave();
    client.join('two');
    client.send('e', 1);
    hub.emit('e', 1, 'one');
    hub.emit('e', 1, 'two');
    assert.deepEqual([carrier.sent, hub.rooms], [[], 0]);
  });

  it('bounds the rooms of one client', () => {
    const [hub, carrier] = [new EventHub(), new Carrier()];
    const client = hub.join('a', carrier);
    for (let room = 0; room < 5000; room += 1) client.join(`room ${room}`);
    assert.deepEqual([hub.rooms, client.rooms.has('room 4999'), client.rooms.has('room 0')], [1000, true, false]);
  });
});
