/** What `facade check` finds. */

export interface CheckFinding {
  /** What was looked at: `table`, `sockets`, `scheduler`, `access`, `legacy`, `engine`, `shared`, `certificate`, `state-directory`, `admin`, `paths`, `tokens`. */
  readonly subject: string;
  /** `problem`: traffic is or will be harmed. `warning`: look at it. `note`: know it. `ok`: as it should be. */
  readonly level: 'ok' | 'note' | 'warning' | 'problem';
  readonly message: string;
  /** What to do; null when nothing has to be done. */
  readonly hint: string | null;
  /** Ids of the rows that it is about, where it is about rows. */
  readonly rows?: readonly string[];
}

export interface CheckReport {
  /** False when any finding is a problem. */
  readonly ok: boolean;
  readonly findings: readonly CheckFinding[];
}

export function ok(subject: string, message: string): CheckFinding {
  return { subject, level: 'ok', message, hint: null };
}

export function note(subject: string, message: string, hint: string): CheckFinding {
  return { subject, level: 'note', message, hint };
}

export function warning(subject: string, message: string, hint: string): CheckFinding {
  return { subject, level: 'warning', message, hint };
}

export function problem(subject: string, message: string, hint: string): CheckFinding {
  return { subject, level: 'problem', message, hint };
}

export function report(findings: readonly CheckFinding[]): CheckReport {
  return { ok: findings.every(({ level }) => level !== 'problem'), findings };
}
