/** Rows of `sites`, and of `device_sites`, which assigns devices to them. */

export interface SiteWithCountRow {
  readonly id: number;
  readonly name: string;
  readonly description: string | null;
  /** Epoch seconds. */
  readonly createdAt: number | null;
  /** Assignments, whether or not such devices exist. */
  readonly deviceCount: number;
}

export interface SiteRepository {
  /** By lower-cased name, where only ASCII letters have a lower case. */
  listWithCounts(): Promise<readonly SiteWithCountRow[]>;
  /** Of those of these exact hostnames that are assigned to a site. */
  namesByHostname(hostnames: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
