/** `sites` and `device_sites` in SQLite. */
import type { SiteRepository, SiteWithCountRow } from '../site-repository.js';
import type { SqliteConnection } from './sqlite-connection.js';

const LIST_WITH_COUNTS = `
  SELECT s.id, s.name, s.description, s.created_at AS createdAt,
    (SELECT COUNT(*) FROM device_sites a WHERE a.site_id = s.id) AS deviceCount
  FROM sites s ORDER BY LOWER(s.name)`;
const FIND_NAME = `
  SELECT s.name AS name FROM device_sites a JOIN sites s ON s.id = a.site_id WHERE a.device_hostname = ?`;

export class SqliteSiteRepository implements SiteRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async listWithCounts(): Promise<readonly SiteWithCountRow[]> {
    return this.#connection.all<SiteWithCountRow>(LIST_WITH_COUNTS);
  }

  async namesByHostname(hostnames: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const names = new Map<string, string>();
    for (const hostname of hostnames) {
      const found = this.#connection.get<{ name: string }>(FIND_NAME, hostname);
      if (found !== undefined) names.set(hostname, found.name);
    }
    return names;
  }
}
