import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openRows } from '../../../src/facade/admin/check/check-access.js';
import { checkTable } from '../../../src/facade/table/check-table.js';
import { formatProblem } from '../../../src/facade/table/table-error.js';
import { LEGACY_ROUTES } from '../../../src/legacy-bridge/legacy-routes.js';
import { OPEN_ROUTES } from '../../../src/legacy-bridge/open-routes.js';
import { CLIENT_EVENTS } from '../../../src/legacy-bridge/realtime/client-events.js';

const file = fileURLToPath(new URL('../../../config/migration-table.yaml', import.meta.url));
const check = checkTable({ file, text: readFileSync(file, 'utf8'), version: 1 });

describe('the table that is shipped', () => {
  it('keeps every rule', () => {
    assert.ok(check.ok, check.ok ? '' : check.problems.map(formatProblem).join('\n'));
  });

  it("has a row for each of the legacy's routes, and no other", () => {
    assert.ok(check.ok);
    const rows = check.table.snapshot.routes.map(({ id, matches }) => ({ id, matches }));
    const routes = LEGACY_ROUTES.map(({ id, methods, rule }) => ({ id, matches: [{ methods, rule }] }));
    const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id);
    assert.deepEqual(rows.sort(byId), routes.sort(byId));
  });

  it('has a row for each event, one process for each memory, and presence at both sides', () => {
    assert.ok(check.ok);
    const { events } = check.table.snapshot.sockets;
    assert.deepEqual([...events.keys()].sort(), [...CLIENT_EVENTS].sort());
    const told = [...events.values()].filter(({ both }) => both).map(({ event }) => event);
    assert.deepEqual(told.sort(), ['agent_heartbeat', 'collector_status', 'connect_agent']);
    assert.ok(told.every((event) => events.get(event)?.group === 'presence'));
  });

  it('lets the registry move at split, where the engine is told of presence beside the legacy, and not before', () => {
    const moved = (sockets: string, both = true) => {
      const text = readFileSync(file, 'utf8')
        .replace('registry:\n    stage: legacy', 'registry:\n    stage: engine')
        .replace('sockets:\n  stage: legacy', `sockets:\n  stage: ${sockets}`);
      return checkTable({ file, text: both ? text : text.replaceAll(', both: true', ''), version: 1 });
    };
    assert.equal(moved('legacy').ok, false);
    assert.equal(moved('split').ok, true);
    assert.equal(moved('split', false).ok, false);
    assert.equal(moved('engine').ok, true);
  });

  it('has everything at legacy', () => {
    assert.ok(check.ok);
    const { routes, defaultRow, sockets, background } = check.table.snapshot;
    assert.ok([...routes, ...sockets.events.values(), defaultRow, sockets].every(({ stage }) => stage === 'legacy'));
    assert.ok(background.every(({ owner }) => owner === 'legacy'));
  });

  it('passes over nothing but what it says why of, whose word it is, and until when', () => {
    assert.ok(check.ok);
    const { routes, defaultRow } = check.table.snapshot;
    const rules = [...routes, defaultRow].flatMap(({ id, compare }) => compare.ignore.map((rule) => ({ id, ...rule })));
    assert.deepEqual(
      rules.map(({ id, path }) => `${id} ${path}`),
      ['agent-screenshot body'],
    );
    for (const { why, owner, expires } of rules) assert.ok(why && owner && expires !== undefined);
  });

  it('has nothing closed, and one word that closes what the legacy leaves open', () => {
    assert.ok(check.ok);
    const { profile, routes, defaultRow } = check.table.snapshot;
    assert.equal(profile, 'open');
    assert.ok([...routes, defaultRow].every(({ access }) => access === 'public'));
    const open = new Set(OPEN_ROUTES.filter(({ byAgents }) => !byAgents).map(({ route }) => route.id));
    const closable = check.table.config.routes.filter(({ hardened }) => hardened?.value === 'operator');
    assert.deepEqual(new Set(closable.map(({ id }) => id)), open);
    assert.ok(check.table.config.routes.every(({ id, hardened }) => open.has(id) || hardened === undefined));
    assert.equal(check.table.config.defaults?.hardened, undefined);
  });

  it('hardened, leaves alone what agents call and what people sign in with', () => {
    const hardened = readFileSync(file, 'utf8').replace(/^profile: open$/m, 'profile: hardened');
    const result = checkTable({ file, text: hardened, version: 1 });
    assert.ok(result.ok);
    const { changes, reads } = openRows(result.table.snapshot);
    assert.deepEqual([...changes, ...reads].sort(), ['agent-hash', 'ansible-recap-report', 'repo-current-hash']);
    const spared =
      /^(?:enroll|token-|agent-(?:script|heartbeat|details|checkin|service|hash$)|auth-|spa|health|server-time)/;
    for (const { id, access } of result.table.snapshot.routes) if (spared.test(id)) assert.equal(access, 'public', id);
  });

  it('has no group of one row without a reason to require others', () => {
    assert.ok(check.ok);
    const { config } = check.table;
    for (const { id, requires } of config.groups) {
      const rows = [...config.routes, ...(config.sockets?.events ?? [])].filter(({ group }) => group?.value === id);
      assert.ok(rows.length > 1 || requires.length > 0, `group ${id} has ${rows.length} rows`);
    }
  });
});
