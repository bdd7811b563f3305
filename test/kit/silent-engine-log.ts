/** A log of the engine that nobody reads. */
import type { EngineLog } from '../../src/engine/logging/engine-log.js';

export const silentLog: EngineLog = Object.freeze({ debug() {}, info() {}, warn() {}, error() {} });
