/** What a transaction emits leaves with its commit, in order, and never when it is rolled back. */
import assert from 'node:assert/strict';
import type { Repositories, UnitOfWork } from '../../../src/engine/repositories/unit-of-work.js';
import { eventsAfterCommit } from '../../../src/engine/services/events-after-commit.js';

describe('events of a transaction', () => {
  const heard: string[] = [];
  beforeEach(() => heard.splice(0));
  const unit: UnitOfWork = {
    read: (work) => work({} as Repositories),
    write: async (work) => {
      heard.push('begin');
      const result = await work({} as Repositories);
      heard.push('commit');
      return result;
    },
  };
  const wrapped = () =>
    eventsAfterCommit(unit, {
      emit: (event, _payload, room) => void heard.push(room === undefined ? event : `${event} to ${room}`),
      emitToSender: (event) => void heard.push(`${event} to the sender`),
    });

  it('leave after its commit, in their order; others at once', async () => {
    const { unitOfWork, events } = wrapped();
    events.emit('before', 1);
    const result = await unitOfWork.write(async () => {
      events.emit('a', 1, 'room');
      events.emitToSender('b', 1);
      return 7;
    });
    events.emit('after', 1);
    assert.equal(result, 7);
    assert.deepEqual(heard, ['before', 'begin', 'commit', 'a to room', 'b to the sender', 'after']);
  });

  it('never leave when it is rolled back', async () => {
    const { unitOfWork, events } = wrapped();
    const failing = unitOfWork.write(async () => {
      events.emit('a', 1);
      throw new Error('rolled back');
    });
    await assert.rejects(failing, /rolled back/);
    events.emit('after', 1);
    assert.deepEqual(heard, ['begin', 'after']);
  });
});
