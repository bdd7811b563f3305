/** What the command line is given by its process. */
import type { FacadeSettings } from '../settings/settings.js';

export interface CliStream {
  write(text: string): void;
  /** It is a terminal. */
  readonly isTTY: boolean;
  /** Width of the terminal. */
  readonly columns?: number | undefined;
}

/** What a command printed, and its exit code. */
export interface CommandRun {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

export interface CliIo {
  readonly stdout: CliStream;
  readonly stderr: CliStream;
  readonly env: NodeJS.ProcessEnv;
  /** Who runs the command, for the audit. */
  readonly user: string;
  /** Version of the facade. */
  readonly version: string;
  /** Wall clock, milliseconds. */
  readonly now: () => number;
  /** Runs the facade until it is told to stop. @returns the exit code */
  startFacade(settings: FacadeSettings): Promise<number>;
  /** Runs the engine's command that gives all jobs back to the legacy, on the places that the settings name. */
  handBack(settings: FacadeSettings): Promise<CommandRun>;
}
