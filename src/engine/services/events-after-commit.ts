/** Holds back what a transaction emits until it has been committed; what is rolled back is never told. */
import type { UnitOfWork } from '../repositories/unit-of-work.js';
import type { EventSink } from './request-context.js';

export interface CommittedEvents {
  readonly unitOfWork: UnitOfWork;
  readonly events: EventSink;
}

/** Both for one request, whose writes come one after the other. @param events where they go outside of a transaction */
export function eventsAfterCommit(unitOfWork: UnitOfWork, events: EventSink): CommittedEvents {
  let held: (() => void)[] | undefined;
  const emit = (send: () => void): void => {
    if (held === undefined) send();
    else held.push(send);
  };
  return {
    unitOfWork: {
      read: (work) => unitOfWork.read(work),
      write: async (work) => {
        const own: (() => void)[] = [];
        const result = await unitOfWork.write(async (repositories) => {
          held = own;
          try {
            return await work(repositories);
          } finally {
            held = undefined;
          }
        });
        for (const send of own) send();
        return result;
      },
    },
    events: {
      emit: (event, payload, room) => emit(() => events.emit(event, payload, room)),
      emitToSender: (event, payload) => emit(() => events.emitToSender(event, payload)),
    },
  };
}
