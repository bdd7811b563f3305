/** Flips by click: the console in a real browser, on a real facade. */
import assert from 'node:assert/strict';
import { request } from 'undici';
import { type ConsolePage, type ConsoleWorld, startConsoleWorld } from '../kit/console-world.js';

const HOSTILE = '<img src=x onerror="document.title=\'taken\'">';

describe('the console', function () {
  this.timeout(60_000);
  let world: ConsoleWorld;
  let facade: ConsoleWorld['facade'];
  let token: string;
  let seen: ConsolePage;
  let page: ConsolePage['page'];

  before(async () => {
    world = await startConsoleWorld();
    ({ facade, token } = world);
  });
  beforeEach(async () => {
    seen = await world.open();
    ({ page } = seen);
  });
  afterEach(async () => {
    await page.close();
    assert.deepEqual(seen.faults, []);
  });
  after(() => world?.stop());

  const signIn = (given?: string) => seen.signIn(given);
  const row = (id: string) => seen.row(id);
  const choose = (id: string, stage: string, why: string) => seen.choose(id, stage, why);
  const flip = () => seen.flip();
  const newest = async (): Promise<Record<string, unknown> | undefined> => {
    const { entries } = (await facade.admin('GET', '/audit?limit=1')) as { entries: Record<string, unknown>[] };
    return entries[0];
  };

  it('shows nothing to who has no token, and says when one is wrong', async () => {
    await signIn('wrong');
    await page.getByText('The facade does not take this token').waitFor();
    assert.equal(await page.getByRole('main').textContent(), '');
  });

  it('keeps the token in its tab, and forgets it when it is told to', async () => {
    await signIn();
    await row('server-time').waitFor();
    await page.reload();
    await row('server-time').waitFor();
    const kept = await page.evaluate<string>('[JSON.stringify(localStorage), document.cookie, location.href].join()');
    assert.ok(!kept.includes(token));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    assert.ok(!(await page.evaluate<string>('JSON.stringify(sessionStorage)')).includes(token));
  });

  it('moves a row to the engine by click, after it has shown what would change', async () => {
    await signIn();
    await choose('server-time', 'engine', 'by click');
    await page.getByRole('button', { name: 'Show what would change' }).click();
    await page.getByText('server-time: legacy → engine').waitFor();
    assert.equal((await newest())?.action, 'start');
    await flip();
    await page.getByText('Version 2 is in force.').waitFor();
    const { who, action, why } = (await newest()) ?? {};
    assert.deepEqual([who, action, why], ['Ann via admin API', 'flip', 'by click']);
    const decision = (await facade.admin('POST', '/explain', { method: 'GET', path: '/api/server/time' })) as {
      side: string;
    };
    assert.equal(decision.side, 'engine');
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('row', { name: 'server-time' }).getByText('engine', { exact: true }).waitFor();
  });

  it('asks for the gate at the next stage, and goes past it only by force', async () => {
    await signIn();
    await choose('health', 'shadow', 'compare it');
    await flip();
    await page.getByText('Version 3 is in force.').waitFor();
    await page.getByRole('radio', { name: 'canary' }).check();
    await page.getByLabel('Why').fill('nobody was asked');
    assert.equal(await page.getByLabel('Do it all the same').isVisible(), false);
    await flip();
    await page.getByText('gate_not_met').waitFor();
    await page.getByLabel('Do it all the same').check();
    await flip();
    await page.getByText('Version 4 is in force.').waitFor();
    await page.getByText('health: shadow → canary 5 % by guid').waitFor();
  });

  it('says what the facade refuses, in its words', async () => {
    await signIn();
    await choose('agents', 'engine', 'too early');
    await flip();
    await page.getByText('requires_unmet').waitFor();
    assert.equal((await newest())?.version, 4);
  });

  it('goes back to any version', async () => {
    await signIn();
    await page.getByRole('link', { name: 'History' }).click();
    await page.getByRole('button', { name: 'version 1', exact: true }).click();
    await page.getByLabel('Why').fill('as it was');
    await page.getByRole('button', { name: 'Make the table as it was in version 1' }).click();
    await page.getByText('Version 5 is in force.').waitFor();
    await page.getByText('server-time: engine → legacy').waitFor();
  });

  it('takes what anybody wrote for text', async () => {
    await facade.admin('POST', '/flip', { target: 'server-time', stage: 'shadow', why: HOSTILE, who: HOSTILE });
    await signIn();
    await page.getByRole('link', { name: 'History' }).click();
    await page.getByRole('cell', { name: HOSTILE, exact: true }).waitFor();
    assert.equal(await page.title(), 'history · facade');
    assert.equal(await page.locator('img').count(), 0);
    // The page's policy would not have it either.
    const written = await page.evaluate<string>(
      "(() => { try { document.body.innerHTML = '<b>'; return 'taken'; } catch (e) { return e.name; } })()",
    );
    assert.equal(written, 'TypeError');
    assert.equal(seen.faults.splice(0).length > 0, true);
  });

  it('shows what differed, side by side', async () => {
    await facade.admin('POST', '/flip', { target: 'registry', stage: 'shadow', why: 'compare' });
    // A list in place of an object: the legacy breaks, the engine refuses it.
    const asked = await request(`${facade.address}/api/scripts/quick_run`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '[1]',
    });
    await asked.body.dump();
    await signIn();
    await page.getByLabel('Rows').selectOption('with mismatches');
    await row('scripts-quick-run').click();
    await page.getByRole('row', { name: 'status' }).getByRole('button').click();
    await page.getByText('Internal Server Error').first().waitFor();
    await page.getByText('"detail": "body: a JSON object"').waitFor();
    await page.getByRole('button', { name: 'Back' }).click();
    await page.getByRole('heading', { name: 'scripts-quick-run' }).waitFor();
    // As reads are kept, and what was too large.
    await page.route('**/pairs/*', async (route) => {
      const answer = await route.fetch();
      const whole = (await answer.json()) as { pair: object };
      await route.fulfill({ json: { ...whole, pair: { ...whole.pair, effects: null } } });
    });
    await page.getByRole('row', { name: 'status' }).getByRole('button').click();
    await page.getByText('"detail": "body: a JSON object"').waitFor();
  });

  it('explains who would answer', async () => {
    await signIn();
    await page.getByRole('link', { name: 'Explain' }).click();
    await page.getByLabel('Path').fill('/api/server/time');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText('Row server-time shadow').waitFor();
  });

  it('shows sockets, events and jobs', async () => {
    await signIn();
    await page.getByRole('link', { name: 'Sockets and events' }).click();
    await row('connect_agent').waitFor();
    await page.getByRole('link', { name: 'Scheduler' }).click();
    await row('scheduler').waitFor();
    await page.getByText('There are no jobs.').waitFor();
  });

  it('is given with a policy of its own, and nothing else of its folder is', async () => {
    const { headers, body } = await request(`${facade.adminAddress}/`);
    await body.dump();
    assert.match(String(headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    for (const path of [
      '/console/',
      '/console/nothing.js',
      '/console/../admin.token',
      '/console/%2e%2e/admin-server.js',
    ]) {
      const answer = await request(`${facade.adminAddress}${path}`);
      await answer.body.dump();
      assert.equal(answer.statusCode, 401, path);
    }
    const foreign = await request(`${facade.adminAddress}/`, { headers: { host: 'rebound.example' } });
    await foreign.body.dump();
    assert.equal(foreign.statusCode, 403);
  });

  it('says that the facade does not answer any more', async () => {
    await signIn();
    await row('server-time').waitFor();
    await facade.end();
    await page.getByText('The facade does not answer.').waitFor();
  });
});
