/** What `facade check` finds. */

export interface CheckFinding {
  /** What was looked at: `table`, `legacy`, `engine`, `certificate`, `state-directory`, `paths`. */
  readonly subject: string;
  /** `problem`: traffic is or will be harmed. `warning`: look at it. `ok`: as it should be. */
  readonly level: 'ok' | 'warning' | 'problem';
  readonly message: string;
  /** What to do; null when nothing has to be done. */
  readonly hint: string | null;
}

export interface CheckReport {
  /** False when any finding is a problem. */
  readonly ok: boolean;
  readonly findings: readonly CheckFinding[];
}

export function ok(subject: string, message: string): CheckFinding {
  return { subject, level: 'ok', message, hint: null };
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
