/** Reads what the engine says of an event's dry run. Pure. */
import type { Effects } from '../../legacy-bridge/effects/effects.js';
import { readPacketHead } from '../../legacy-bridge/realtime/packet-head.js';
import type { DropReason } from '../comparing/drop-reason.js';
import type { EventFate } from '../sockets/split/engine-link.js';

/** A dry run that says something about the event. */
export interface EventDryRun {
  /** `failed`: the handler did, where the legacy's may have gone on. */
  readonly outcome: 'handled' | 'failed';
  /** Data of the acknowledgement, a JSON list; empty for none. */
  readonly ack: string;
  readonly effects: Effects;
  readonly notSeen: readonly string[];
  /** Milliseconds in the engine. */
  readonly ms: number;
}

/** @returns a reason where it says nothing about the event */
export function dryRunOf(fate: EventFate): EventDryRun | DropReason {
  if (fate === 'lost') return 'engine_unreachable';
  const { outcome, ack, effects, notSeen = [], ms } = fate.done;
  if (outcome === 'unknown') return 'engine_not_served';
  if (outcome === 'refused') return 'engine_busy';
  if (effects === undefined || !isWhole(effects)) return 'engine_no_dry_run';
  return { outcome, ack: ack === undefined ? '' : dataOf(ack), effects, notSeen, ms };
}

function dataOf(packet: string): string {
  return packet.slice(readPacketHead(packet)?.dataAt ?? 0);
}

function isWhole({ rows, events, calls }: Effects): boolean {
  return [rows, events, calls].every((list) => Array.isArray(list));
}
