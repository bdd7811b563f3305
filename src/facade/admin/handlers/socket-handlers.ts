/** Open sockets and their drains. */
import type { Side } from '../../side.js';
import type { DrainRequest } from '../../sockets/socket-drain.js';
import type { AdminDeps } from '../admin-deps.js';
import { AdminError } from '../admin-error.js';
import { type AdminHandler, auditName } from './handler.js';

type Operations = 'listSockets' | 'startDrain' | 'cancelDrain';

export function socketHandlers({
  sockets,
  audit,
}: Pick<AdminDeps, 'sockets' | 'audit'>): Record<Operations, AdminHandler> {
  return {
    listSockets: ({ query }) => ({
      json: {
        counts: sockets.counts(),
        drain: sockets.drainStatus() ?? null,
        sockets: sockets.list(query as { side?: Side; limit: number }),
      },
    }),
    startDrain: ({ body }) => {
      const { who, ...rest } = body as DrainBody;
      const drain = sockets.drain({ ...rest, who: auditName(who) });
      audit.record({
        who: drain.who,
        action: 'drain',
        detail: `${drain.total} sockets of the ${drain.side} side, ${drain.ratePerSecond} a second`,
        why: drain.why,
      });
      return { status: 202, json: drain };
    },
    cancelDrain: ({ query }) => {
      const drain = sockets.cancelDrain();
      if (drain === undefined) throw new AdminError('drain_not_running');
      const detail = `${drain.closed} of ${drain.total} sockets of the ${drain.side} side were closed`;
      audit.record({ who: auditName(query.who as string | undefined), action: 'drain-cancel', detail, why: drain.why });
      return { json: drain };
    },
  };
}

type DrainBody = Omit<DrainRequest, 'who'> & { readonly who?: string };
