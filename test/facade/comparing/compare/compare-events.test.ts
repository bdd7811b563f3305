import { deepEqual, equal } from 'node:assert/strict';
import type { EmittedEvent } from '../../../../src/legacy-bridge/effects/effects.js';
import { compare, told, write } from '../../../kit/comparison-input.js';

const task = (id: number): EmittedEvent => ({ event: 'agent_task', room: null, payload: { id } });

describe('events that the engine emits', () => {
  const beside = (legacy: readonly EmittedEvent[], engine: readonly EmittedEvent[]) =>
    told(compare(write({ legacy: { events: legacy }, engine: { events: engine } })));

  it('are extra where the legacy emits none, and doubled from the second on', () => {
    deepEqual(beside([], [task(1), task(1), task(2)]), [
      'extra events.agent_task[0]',
      'doubled events.agent_task[0]',
      'extra events.agent_task[0]',
    ]);
  });

  it("are doubled beside one that differs from the legacy's in a value", () => {
    deepEqual(beside([task(1)], [task(3), task(3)]), [
      'value events.agent_task[0].payload.id',
      'doubled events.agent_task[1]',
    ]);
  });

  it('are told apart by whether they go to the sender alone', () => {
    const alone: EmittedEvent = { ...task(1), toSender: true };
    deepEqual(beside([alone], [alone]), []);
    deepEqual(beside([task(1)], [alone]), ['extra events.agent_task[0].toSender']);
    deepEqual(beside([alone], [task(1)]), ['missing events.agent_task[0].toSender']);
  });

  describe('where nobody sees those of the legacy', () => {
    const alone = (...events: EmittedEvent[]) => compare(write({ engine: { events }, eventsSeen: false }));

    it('are taken for right', () => equal(alone(task(1), task(2)).verdict, 'match'));

    it('are doubled all the same', () => {
      const result = alone(task(1), task(2), task(1));
      deepEqual(told(result), ['doubled events.agent_task[2]']);
      deepEqual(result.notSeen, ['events of the legacy']);
    });
  });
});
