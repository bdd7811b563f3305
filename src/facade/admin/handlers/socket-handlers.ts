/** Open sockets and their drains. */
import type { Side } from '../../side.js';
import type { DrainProgress, DrainRequest } from '../../sockets/socket-drain.js';
import type { AdminDeps } from '../admin-deps.js';
import { AdminError } from '../admin-error.js';
import { type AdminHandler, auditName } from './handler.js';

type Operations = 'listSockets' | 'startDrain' | 'cancelDrain';

export function socketHandlers({
  sockets,
  audit,
}: Pick<AdminDeps, 'sockets' | 'audit'>): Record<Operations, AdminHandler> {
  /** A drain that the audit can't tell of does not go on. */
  const recordStart = ({ who, why, total, side, ratePerSecond }: DrainProgress): void => {
    const detail = `${total} sockets of the ${side} side, ${ratePerSecond} a second`;
    try {
      audit.record({ who, action: 'sockets-drain', detail, why });
    } catch (cause) {
      sockets.cancelDrain();
      throw new AdminError('audit_write_failed', undefined, { cause });
    }
  };
  return {
    listSockets: ({ query }) => ({
      json: {
        counts: sockets.counts(),
        bridged: sockets.bridged(),
        link: sockets.link() ?? null,
        relay: sockets.relay(),
        events: sockets.events(),
        drain: sockets.drainStatus() ?? null,
        sockets: sockets.list(query as { side?: Side; limit: number }),
      },
    }),
    startDrain: ({ body }) => {
      const { who, ...rest } = body as DrainBody;
      const drain = sockets.drain({ ...rest, who: auditName(who) });
      recordStart(drain);
      return { status: 202, json: drain };
    },
    cancelDrain: ({ query }) => {
      const drain = sockets.cancelDrain();
      if (drain === undefined) throw new AdminError('drain_not_running');
      const detail = `${drain.closed} of ${drain.total} sockets of the ${drain.side} side were closed`;
      audit.record({
        who: auditName(query.who as string | undefined),
        action: 'sockets-drain-cancel',
        detail,
        why: drain.why,
      });
      return { json: drain };
    },
  };
}

type DrainBody = Omit<DrainRequest, 'who'> & { readonly who?: string };
