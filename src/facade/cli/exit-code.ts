/** What the exit code of every command means. The reference is made from this. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'Done.' },
  failed: {
    code: 1,
    meaning:
      'It failed, `check` found a problem, or `replay` found a mismatch that is not gone, or could not find out.',
  },
  usage: { code: 2, meaning: 'Arguments or settings that can not be used.' },
  refused: {
    code: 3,
    meaning:
      'The facade runs and refused: a rule of the migration table, a gate that does not hold, an unknown row, a running drain.',
  },
  unreachable: { code: 4, meaning: 'No facade answers at the admin address.' },
  unauthorized: { code: 5, meaning: 'The admin token is missing, unreadable, or not the right one.' },
} as const;

export type ExitName = keyof typeof EXIT_CODES;
