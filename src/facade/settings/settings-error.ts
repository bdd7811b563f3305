/** Raised when the settings can't be used; carries every problem, not the first. */
export class SettingsError extends Error {
  readonly code = 'settings_invalid';
  /** One line each: `where: field: what was expected`. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The settings can't be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
    this.problems = problems;
  }
}
