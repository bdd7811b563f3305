/** Settings `sockets.split` (settings/split-schema.ts): how the packet bridge treats its clients. */
export interface SplitSettings {
  /** Milliseconds between two Engine.IO pings to a client. */
  readonly pingIntervalMs: number;
  /** Milliseconds that a client has to answer one. */
  readonly pingTimeoutMs: number;
  /** Largest message of a client, and largest event with its attachments; bytes. */
  readonly messageBytes: number;
  /** Longest message that the legacy takes: characters of a text, bytes of a binary message. */
  readonly legacyMessageBytes: number;
  /** Bytes that may wait for one client, or of one client for a side. */
  readonly bufferBytes: number;
  /** Bytes of events that may wait for the engine's answer. */
  readonly linkBufferBytes: number;
  /** Bridged sessions of one address at once; 0: no limit. */
  readonly connectionsPerAddress: number;
  /** Packets of one connection per second, in the long run: events, and joinings and all else; 0: no limit. */
  readonly eventsPerSecond: number;
  /** Sessions per second that are ended so that they register anew with an engine that was started again, of those that must. */
  readonly reregisterPerSecond: number;
}

/** Those of settings-schema.ts, for parts that run without settings. */
export const DEFAULT_SPLIT_SETTINGS: SplitSettings = {
  pingIntervalMs: 25_000,
  pingTimeoutMs: 20_000,
  messageBytes: 100_000_000,
  legacyMessageBytes: 1_000_000,
  bufferBytes: 16_000_000,
  linkBufferBytes: 64_000_000,
  connectionsPerAddress: 10_000,
  eventsPerSecond: 200,
  reregisterPerSecond: 50,
};
