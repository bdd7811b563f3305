/** How much of the database one observation looks at, and tells. */
export interface SearchLimits {
  /** Tables of at most so many rows, and so many bytes, are looked through whole. */
  readonly mostSearchedRows: number;
  readonly mostSearchedBytes: number;
  /** Of larger ones with at most so many rows, new and deleted rows are found; beyond, only those at the end of the table. */
  readonly mostScannedRows: number;
  /** Changed rows that one observation tells, of all tables together and those that the engine names included. */
  readonly mostToldRows: number;
  /** Bytes of these, before and after. */
  readonly mostToldBytes: number;
  /** Share of a core, 0 to 1, that goes into looking through larger tables; beyond it they are not searched. */
  readonly searchShare: number;
}

export const DEFAULT_SEARCH_LIMITS: SearchLimits = Object.freeze({
  mostSearchedRows: 5000,
  mostSearchedBytes: 16_000_000,
  mostScannedRows: 50_000,
  mostToldRows: 2500,
  mostToldBytes: 8_000_000,
  searchShare: 0.25,
});
