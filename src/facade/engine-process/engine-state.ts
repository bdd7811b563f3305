/** What the facade knows of the engine process that it supervises. */
export interface EngineState {
  /** `starting`: started, not ready yet. `ready`: takes requests. `waiting`: ended, to be started again. `stopped`: ended for good. */
  readonly state: 'starting' | 'ready' | 'waiting' | 'stopped';
  readonly pid: number | undefined;
  /** Names the code that runs; undefined unless `ready`, and then `unknown` for an engine that does not say. */
  readonly build: string | undefined;
  /** Times that it was started again since the facade runs. */
  readonly restarts: number;
  /** When the state began; epoch milliseconds. */
  readonly since: number;
  /** How it last ended, such as `signal SIGKILL` or `exit code 1`; undefined while the first one runs. */
  readonly lastEnd: string | undefined;
}
