/** What handlers that go by evidence have in common: it may be out of reach, and acts against it are told. */
import { ThreadError } from '../../../legacy-bridge/threads/thread-error.js';
import type { Promotion } from '../../comparing/gate/plan-promotion.js';
import type { AdminDeps } from '../admin-deps.js';
import { AdminError } from '../admin-error.js';

/** Reading evidence fails when facade.db does. */
export async function available<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof ThreadError)
      throw new AdminError('comparisons_unavailable', `Comparisons can't be read: ${cause.message}`, { cause });
    throw cause;
  }
}

const MOST_DETAIL = 2000;

export function recordForced(
  audit: AdminDeps['audit'],
  { promotion, who, why }: { readonly promotion: Promotion; readonly who: string; readonly why: string },
): void {
  const detail = `${promotion.target} to ${promotion.to}, without: ${promotion.missing.join('; ')}`.slice(
    0,
    MOST_DETAIL,
  );
  recordAct(audit, { who, action: 'promote-forced', detail, why });
}

/** What the audit can't tell of does not happen. */
export function recordAct(audit: AdminDeps['audit'], entry: Parameters<AdminDeps['audit']['record']>[0]): void {
  try {
    audit.record(entry);
  } catch (cause) {
    throw new AdminError('audit_write_failed', undefined, { cause });
  }
}
