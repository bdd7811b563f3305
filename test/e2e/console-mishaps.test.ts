/** The console where something goes wrong, somebody else is faster, or nobody has a mouse. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { type ConsolePage, type ConsoleWorld, startConsoleWorld } from '../kit/console-world.js';

describe('the console, when things go wrong', function () {
  this.timeout(60_000);
  let world: ConsoleWorld;
  let facade: ConsoleWorld['facade'];
  let seen: ConsolePage;
  let page: ConsolePage['page'];

  before(async () => {
    world = await startConsoleWorld();
    ({ facade } = world);
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

  const dialog = () => page.getByRole('dialog');
  const stageOf = async (id: string) => ((await facade.admin('GET', `/routes/${id}`)) as { stage: string }).stage;
  const focused = () => page.evaluate<string>('document.activeElement.textContent');

  it('shows all that is wrong with an edited table file', async () => {
    const good = await readFile(facade.tableFile, 'utf8');
    await seen.signIn();
    await writeFile(facade.tableFile, good.replace('stage: legacy', 'stage: halfway'));
    await page.getByText('version 1 stays in force').waitFor();
    await page.getByRole('list', { name: 'Out of order' }).getByText('halfway').waitFor();
    await writeFile(facade.tableFile, good);
    await page.getByRole('list', { name: 'Out of order' }).waitFor({ state: 'hidden' });
  });

  it('forces nothing but what it offered to force', async () => {
    await seen.signIn();
    await seen.choose('agents', 'engine', 'too early');
    await seen.flip();
    await page.getByLabel('Do it all the same').check();
    await page.getByRole('radio', { name: 'shadow' }).check();
    await page.getByLabel('Do it all the same').waitFor({ state: 'hidden' });
    const [sent] = await Promise.all([page.waitForRequest('**/promote'), seen.flip()]);
    assert.equal(sent.postDataJSON().force, undefined);
  });

  it('sends a row to no other stage than the one that was clicked', async () => {
    await facade.flip('health', 'shadow');
    await seen.signIn();
    await seen.choose('health', 'canary', 'go on');
    await facade.flip('health', 'canary', { percent: 5, by: 'guid' });
    await seen.flip();
    await page.getByText('table_moved').waitFor();
    assert.equal(await stageOf('health'), 'canary');
  });

  it('asks the gate for the next stage of a whole group, and of an event', async () => {
    await facade.flip('enrollment-admin', 'canary', { percent: 5, by: 'guid' });
    await facade.flip('event:macro_status', 'shadow');
    await seen.signIn();
    // By itself it would pass over `verify`.
    await seen.choose('device-approval-approve', 'verify', 'go on');
    await seen.flip();
    await page.getByText('gate_not_met').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Sockets and events' }).click();
    await seen.choose('macro_status', 'canary', 'go on');
    await seen.flip();
    await page.getByText('gate_not_met').waitFor();
    assert.deepEqual(await stageOf('device-approval-approve'), 'canary');
  });

  it('takes a reason of two lines, and tells what came of a form that was closed', async () => {
    await seen.signIn();
    await seen.choose('server-time', 'engine', 'first\nsecond');
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/flip', async (route) => {
      await held;
      await route.continue();
    });
    await seen.flip();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'hidden' });
    release();
    await page.getByText('is in force.').waitFor();
    assert.equal(await dialog().isVisible(), false);
    await page.getByRole('button', { name: 'Dismiss' }).click();
    const { entries } = (await facade.admin('GET', '/audit?limit=1')) as { entries: { why: string }[] };
    assert.equal(entries[0]?.why, 'first second');
  });

  it('sends a form whose hidden fields hold nonsense, and once', async () => {
    await seen.signIn();
    await seen.choose('server-time', 'canary', 'changed my mind');
    await page.getByLabel('Told apart by').fill('nonsense');
    await page.getByRole('radio', { name: 'legacy' }).check();
    let sent = 0;
    page.on('request', (request) => {
      if (request.method() === 'POST') sent += 1;
    });
    await dialog().getByRole('button', { name: 'Flip' }).dblclick();
    await page.getByText('is in force.').waitFor();
    assert.equal(sent, 1);
  });

  it('keeps the focus where it was, and the caret', async () => {
    await seen.signIn();
    await seen.row('server-time').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'server-time' }).waitFor();
    await page.keyboard.press('Escape');
    await page.waitForResponse('**/routes');
    assert.equal(await focused(), 'server-time');
    await page.getByLabel('Find').focus();
    await page.keyboard.type('srver');
    await page.getByText('No row is like that.').waitFor();
    for (let step = 0; step < 4; step += 1) await page.keyboard.press('ArrowLeft');
    await page.keyboard.type('e');
    await seen.row('server-time').waitFor();
    await page.keyboard.type('e');
    assert.equal(await page.getByLabel('Find').inputValue(), 'seerver');
  });

  it('shows a refused view as refused, and not another one in its place', async () => {
    await page.route('**/audit*', (route) =>
      route.fulfill({ status: 503, json: { error: 'admin_fault', reason: 'The history can not be read.' } }),
    );
    await seen.signIn();
    await seen.row('server-time').waitFor();
    await page.getByRole('link', { name: 'History' }).click();
    await page.getByRole('main').getByText('The history can not be read.').waitFor();
    assert.equal(await seen.row('server-time').count(), 0);
    await page.evaluate("location.hash = '#constructor'");
    await seen.row('server-time').waitFor();
  });

  it('says that it is older than the facade', async () => {
    await seen.signIn();
    await seen.row('server-time').waitFor();
    await page.route('**/status', async (route) => {
      const status = (await (await route.fetch()).json()) as object;
      await route.fulfill({ json: { ...status, version: '99.0.0' } });
    });
    await page.getByText('99.0.0 runs now: reload the page').waitFor();
  });

  it('forgets with the token who has signed in, and asks nothing without one', async () => {
    await seen.signIn();
    await page.getByRole('link', { name: 'History' }).click();
    await page.getByRole('cell', { name: 'start' }).first().waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    assert.equal(await page.evaluate('sessionStorage.length'), 0);
    assert.equal(await page.getByLabel('Your name').inputValue(), '');
    await page.goBack();
    await page.getByLabel('Token').fill('schlüssel');
    assert.equal(await page.getByText('does not take this token').isVisible(), false);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('does not take this token').waitFor();
  });

  it('fits a narrow screen', async () => {
    await page.setViewportSize({ width: 400, height: 800 });
    await seen.signIn();
    const width = () => page.evaluate<number>('document.documentElement.scrollWidth');
    for (const [view, there] of [
      ['Explain', 'Path'],
      ['History', 'When'],
      ['Sockets and events', 'Event'],
      ['Scheduler', 'Task'],
      ['Routes', 'Row'],
    ] as const) {
      await page.getByRole('link', { name: view }).click();
      await page.getByText(there, { exact: true }).first().waitFor();
      assert.ok((await width()) <= 400, view);
    }
    await seen.row('server-time').click();
    await page.getByText('The gate to').or(page.getByText('Evidence')).first().waitFor();
    assert.ok(await page.evaluate<boolean>("(d => d.scrollWidth <= d.clientWidth)(document.querySelector('dialog'))"));
  });
});
