/** Which row of a table a request is of, and which statuses the recordings of the legacy show for each row. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildUrlMap } from '../../src/legacy-bridge/url-map/build-url-map.js';
import type { FacadeProcess } from './facade-process.js';
import { paritySuite, scenarioNames } from './parity.js';

/** As the admin API shows it. */
export interface ListedRow {
  readonly id: string;
  readonly stage: string;
  readonly matches: readonly { readonly methods: readonly string[]; readonly rule: string }[];
}

/** @returns id of the row, undefined where none names the path; methods of a row's framework, such as OPTIONS, are of none */
export type RowFinder = (method: string, target: string) => string | undefined;

interface RecordedStep {
  readonly status?: unknown;
  readonly request?: { readonly method: string; readonly path: string };
}

/** In the order of the table, its default row left out. */
export async function listedRows(facade: FacadeProcess): Promise<readonly ListedRow[]> {
  const { routes } = (await facade.admin('GET', '/routes')) as { routes: readonly ListedRow[] };
  return routes.slice(0, -1);
}

export function rowFinder(rows: readonly ListedRow[]): RowFinder {
  const map = buildUrlMap(
    rows.flatMap(({ id, matches }) =>
      matches.map(({ methods, rule }) => ({
        ...{ rule, endpoint: id },
        methods: methods.includes('*') ? ('*' as const) : methods,
      })),
    ),
  );
  return (method, target) => {
    const match = map.match(method, target.split('?', 1)[0] ?? '');
    return match.kind === 'match' ? match.endpoint : undefined;
  };
}

/** By row. Paths of sockets are not of rows. */
export async function recordedStatuses(rowOf: RowFinder): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const found = new Map<string, Set<number>>();
  for (const scenario of await scenarioNames()) {
    const file = join(paritySuite, 'recordings', `${scenario}.json`);
    const { steps } = JSON.parse(await readFile(file, 'utf8')) as { steps: readonly RecordedStep[] };
    for (const { request, status } of steps) {
      if (request === undefined || typeof status !== 'number' || request.path.startsWith('/socket.io/')) continue;
      const row = rowOf(request.method, request.path);
      if (row === undefined) continue;
      found.set(row, (found.get(row) ?? new Set()).add(status));
    }
  }
  return found;
}
