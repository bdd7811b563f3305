/** Why a sampled request was not compared after all. Metric label, word in the store and in the reference alike. */
export const DROP_REASONS = {
  loop_busy:
    "The facade's event loop was late, fully busy, or without a core, so that copies would have slowed clients down.",
  in_flight:
    'As many copies or dry runs as allowed were under way, or as many snapshots of the database were open: `shadow.dryRuns`. Of an event: the one before it on the same connection was still being compared.',
  queue_full:
    'As many copies, or comparisons, waited as `shadow.queue` allows. Of copies the oldest goes: its answer is the furthest from what the other side would say now.',
  stale:
    'The copy waited longer than `shadow.maxWaitMs`, after which the two sides would have answered about different moments.',
  memory: 'Bodies and rows that wait to be compared fill `shadow.maxBufferedBytes`.',
  request_too_large: 'The request body is, or turned out to be, larger than `shadow.maxBodyBytes`.',
  read_with_body: 'A safe request came with a body, which copies do not carry.',
  request_slow: 'The request body did not arrive within `shadow.bodyWaitMs`.',
  request_expects: 'The client waits for `100 Continue`, which a side is to give.',
  answer_too_large: 'An answer is larger than `shadow.maxBodyBytes`.',
  client_gone: 'The client left before it was answered whole, or sent what can not be forwarded.',
  engine_unreachable: 'The engine is switched off, or did not take the connection. Of a tick: it was not ready.',
  engine_timeout:
    'The engine did not answer within `shadow.copyTimeoutMs`, or not within `shadow.dryRunTimeoutMs` for a write.',
  engine_breaker: 'Copies of this row failed repeatedly, so that the engine is left alone for a moment.',
  engine_no_dry_run:
    'The engine is reached by URL, where it takes no dry runs; or it does not say that it knows them, so that it would execute them; or its answer is not that of a dry run.',
  engine_not_served: 'The engine does not serve this route; `facade routes` marks the row.',
  engine_not_dry_runnable:
    'The engine declares that it can not dry-run this route; `facade routes` marks the row, and the first such request is kept as `inconclusive`.',
  engine_busy:
    'The engine gave the dry run up, or could not compute a tick of the scheduler: the database was locked, or it took too long with the lock.',
  effects_too_large:
    'A dry run changed more rows, or more bytes of them, than the engine tells, or than `shadow.observer.maxEffectsBytes` lets the facade look up.',
  tick_too_large: 'A tick of the scheduler wrote more runs than the facade reads in one.',
  legacy_unreachable: 'The legacy did not take the connection of a copy.',
  legacy_timeout: 'The legacy did not answer a copy, or did not acknowledge an event, within `shadow.copyTimeoutMs`.',
  one_use_proof: 'The request carries a DPoP proof, which the legacy would take for used when it is asked again.',
  effects_unseen: "The legacy's database could not be read before or after the request.",
  compare_failed: 'The comparison itself failed, by a fault of the facade; the log has it.',
  stopping: 'The facade is stopping.',
  build_unknown:
    'The engine answered before it had said which build it is, or another build was started meanwhile, so that nobody could tell whose evidence it is.',
  store_unwritable: 'facade.db could not be written: full, locked or broken.',
  store_behind: 'More different counts came within a second than are held in memory.',
  store_fault: 'Keeping the comparison failed, by a fault of the facade; the log has it.',
} as const satisfies Record<string, string>;

export type DropReason = keyof typeof DROP_REASONS;
