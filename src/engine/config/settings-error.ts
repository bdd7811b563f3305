/** Settings that the engine refuses to start with: all problems at once, each naming the variable. */
export class SettingsError extends Error {
  readonly code = 'settings_rejected';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The engine does not start with these settings:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
    this.problems = Object.freeze([...problems]);
  }
}
