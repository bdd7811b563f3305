/**
 * Feeds odd paths to the legacy and to the matcher, and lists where they disagree. Asks by OPTIONS, whose `Allow` tells
 * what the legacy's URL map makes of a path without any handler being run.
 */
import { ambiguousPath } from '../../../legacy-bridge/url-map/path-safety.js';
import { askSide, reasonOf } from '../../forwarding/ask-side.js';
import type { SideTarget } from '../../forwarding/side-target.js';
import type { TableSnapshot } from '../../table/table-snapshot.js';
import { type CheckFinding, ok, problem, warning } from './check-report.js';
import { samplePath } from './sample-path.js';

const SUBJECT = 'paths';
const AT_ONCE = 4;
const MOST_TOLD = 20;

export async function checkPaths(legacy: SideTarget, snapshot: TableSnapshot): Promise<readonly CheckFinding[]> {
  const waiting = oddPaths(snapshot);
  const total = waiting.length;
  const found: CheckFinding[] = [];
  let compared = 0;
  const work = async (): Promise<void> => {
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      const difference = await comparePath(legacy, snapshot, path);
      if (difference !== 'unclear') compared += 1;
      if (typeof difference === 'object') found.push(difference);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } catch (error) {
    waiting.length = 0;
    return [
      problem(
        SUBJECT,
        `the legacy could not be asked: ${reasonOf(error)}`,
        'Is the legacy running, and is legacy.url right?',
      ),
    ];
  }
  const summary = `${compared} of ${total} odd paths could be compared, ${found.length} are read differently`;
  if (found.length === 0) return [ok(SUBJECT, summary)];
  const told = found.sort((a, b) => (a.message < b.message ? -1 : 1)).slice(0, MOST_TOLD);
  return [
    ...told,
    warning(SUBJECT, summary, 'Give such paths a row, or keep the rows that they fall under at legacy.'),
  ];
}

/** Paths of the table's own rules, plain and in the forms that servers like to read differently. */
function oddPaths({ routes }: Pick<TableSnapshot, 'routes'>): string[] {
  const rules = new Set(routes.flatMap(({ matches }) => matches.map(({ rule }) => rule)));
  const paths = [...rules].flatMap((rule) => {
    const path = samplePath(rule);
    return [
      path,
      path.endsWith('/') ? path.slice(0, -1) : `${path}/`,
      path.replace(/\/(?=[^/]*$)/, '//'),
      path.replace(/\/(?=[^/]*$)/, '%2F'),
      path.replace(/[a-z](?=[^a-z]*$)/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
      path.toUpperCase(),
      `${path}%20`,
    ];
  });
  return [...new Set(paths)].filter((path) => path.startsWith('/') && ambiguousPath(path) === undefined);
}

async function comparePath(
  legacy: SideTarget,
  { urlMap }: TableSnapshot,
  path: string,
): Promise<CheckFinding | 'same' | 'unclear'> {
  const { status, allow } = await askSide(legacy, { method: 'OPTIONS', path });
  const redirects = status === 308;
  const known = status !== 404 && !redirects;
  if (known && allow === undefined) return 'unclear'; // Its handler answers OPTIONS itself.
  const match = urlMap.match('OPTIONS', path);
  const ours = urlMap.allowedMethods(path);
  if (match.kind === 'match' && ours.length === 0) return 'unclear'; // A row for every method says nothing on its own.
  const legacySays = redirects ? 'a redirect' : known ? methods(allow ?? '') : 'no such path';
  const tableSays =
    match.kind === 'redirect' ? 'a redirect' : ours.length > 0 ? methods(ours.join(',')) : 'no such path';
  if (legacySays === tableSays) return 'same';
  const message = `${path}: the legacy says ${legacySays}, the table ${tableSays}`;
  return tableSays === 'no such path'
    ? warning(SUBJECT, message, 'The default row serves it.')
    : problem(SUBJECT, message, 'A flip of that row would change what this path means.');
}

function methods(list: string): string {
  const names = list.split(',').map((name) => name.trim());
  return [...new Set(names)]
    .filter((name) => name !== '')
    .sort()
    .join(' ');
}
