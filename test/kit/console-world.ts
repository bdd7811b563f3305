/** The console in a real browser, on a real facade with its engine. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { startBrowser } from './browser.js';
import { type FacadeProcess, startFacadeProcess } from './facade-process.js';
import { patientShadowing } from './patient-shadowing.js';
import { startSampleLegacy } from './sample-legacy.js';

export interface ConsoleWorld {
  readonly facade: FacadeProcess;
  readonly token: string;
  /** A new page at the admin address, not signed in. */
  open(): Promise<ConsolePage>;
  stop(): Promise<void>;
}

export interface ConsolePage {
  readonly page: Page;
  /** Errors of scripts, and what the page's own policy refused. */
  readonly faults: string[];
  /** @param token default: the right one; as Ann */
  signIn(token?: string): Promise<void>;
  /** Its button. */
  row(id: string): Locator;
  /** Opens a row and fills in its form. */
  choose(id: string, stage: string, why: string): Promise<void>;
  /** Sends the open form. */
  flip(): Promise<void>;
}

export async function startConsoleWorld(): Promise<ConsoleWorld> {
  const legacy = await startSampleLegacy();
  const facade = await startFacadeProcess({ legacy, ...patientShadowing });
  await facade.engineReady();
  const token = (await readFile(join(facade.stateDirectory, 'admin.token'), 'utf8')).trim();
  const browser = await startBrowser();
  return {
    facade,
    token,
    async open() {
      const page = consolePage(await browser.newPage(), token);
      await page.page.goto(facade.adminAddress);
      return page;
    },
    async stop() {
      await browser.close();
      await facade.stop();
      await legacy.stop();
    },
  };
}

function consolePage(page: Page, token: string): ConsolePage {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    // Refusals of the API are told on the page, and by the browser too.
    if (message.type() === 'error' && !message.text().includes('Failed to load resource')) faults.push(message.text());
  });
  const row = (id: string) => page.getByRole('button', { name: id, exact: true });
  return {
    page,
    faults,
    row,
    signIn: async (given = token) => {
      await page.getByLabel('Token').fill(given);
      await page.getByLabel('Your name').fill('Ann');
      await page.getByRole('button', { name: 'Sign in' }).click();
    },
    choose: async (id, stage, why) => {
      await row(id).click();
      await page.getByRole('radio', { name: stage }).check();
      await page.getByLabel('Why').fill(why);
    },
    flip: () => page.getByRole('dialog').getByRole('button', { name: 'Flip' }).click(),
  };
}
