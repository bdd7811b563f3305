/** The guard: what it watches and holds, and the release of what it holds. */
import { shownHold } from '../../guard/show-guard.js';
import type { AdminDeps } from '../admin-deps.js';
import { AdminError } from '../admin-error.js';
import { type AdminHandler, auditName } from './handler.js';

type Operations = 'getGuard' | 'releaseGuard';

export function guardHandlers({ guard, audit }: Pick<AdminDeps, 'guard' | 'audit'>): Record<Operations, AdminHandler> {
  return {
    getGuard: () => ({ json: guard.view() }),
    releaseGuard: ({ body }) => {
      const { target, why, who } = body as ReleaseBody;
      const hold = guard.holds().find((one) => one.target === target);
      if (hold === undefined) throw new AdminError('hold_unknown', `The guard holds no row or group "${target}" back.`);
      const { row, evidence, until } = shownHold(hold);
      const detail = `${target}, held until ${until} over row ${row}: ${evidence}`;
      // The audit first: what it can't tell of does not happen.
      try {
        audit.record({ who: auditName(who), action: 'guard-release', detail, why });
        guard.release(target);
      } catch (cause) {
        throw new AdminError('guard_write_failed', undefined, { cause });
      }
      return { json: shownHold(hold) };
    },
  };
}

interface ReleaseBody {
  readonly target: string;
  readonly why: string;
  readonly who?: string;
}
