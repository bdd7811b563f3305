/** Settings `shadow.observer`: how much of the shared database is looked at for each compared write. */
export const OBSERVER_SCHEMA = {
  searchedRows: {
    doc: 'Tables of at most so many rows are looked through whole. Of larger ones only new and deleted rows are found, and rows that the engine names; writes that agree there say nothing (`effects_unseen`).',
    format: 'count',
    default: 5000,
    env: 'FACADE_SHADOW_OBSERVER_SEARCHED_ROWS',
    arg: 'shadow-observer-searched-rows',
  },
  searchedBytes: {
    doc: 'The same by bytes of a table.',
    format: 'count',
    default: 16000000,
    env: 'FACADE_SHADOW_OBSERVER_SEARCHED_BYTES',
    arg: 'shadow-observer-searched-bytes',
  },
  corePercent: {
    doc: 'Share of one core that goes into looking through tables of more than 256 kB. Beyond it they count as too large.',
    format: 'percentage',
    default: 25,
    env: 'FACADE_SHADOW_OBSERVER_CORE_PERCENT',
    arg: 'shadow-observer-core-percent',
  },
  maxEffectsBytes: {
    doc: 'Most bytes of changed rows, before and after, that are read for one write, of all tables together. Besides, all that wait to be compared share `shadow.maxBufferedBytes`.',
    format: 'count',
    default: 8000000,
    env: 'FACADE_SHADOW_OBSERVER_MAX_EFFECTS_BYTES',
    arg: 'shadow-observer-max-effects-bytes',
  },
  maxAgeMs: {
    doc: "Longest time that a snapshot waits for the legacy's answer. While one is open the database's WAL can not be reset, and grows. A write that takes longer is not compared.",
    format: 'milliseconds',
    default: 30000,
    env: 'FACADE_SHADOW_OBSERVER_MAX_AGE_MS',
    arg: 'shadow-observer-max-age-ms',
  },
  silenceMs: {
    doc: 'Longest time without a word of the thread that looks at the database while it is waited for: a disk that stalls. Then it is started anew, and writes that it was watching are not compared.',
    format: 'milliseconds',
    default: 2000,
    env: 'FACADE_SHADOW_OBSERVER_SILENCE_MS',
    arg: 'shadow-observer-silence-ms',
  },
} as const;
