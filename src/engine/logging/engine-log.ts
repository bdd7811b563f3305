/** The engine's log as its parts see it: one short line per event, in the words of engine-facts 2. Never secrets. */
export interface EngineLog {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
