/** A real browser for the console: Debian's Chromium, or the one that playwright-core keeps. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const SYSTEM = ['/usr/bin/chromium', '/usr/bin/google-chrome'];
/** It calls home otherwise, which closed networks refuse many times a second. */
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

/** Has to be closed. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = SYSTEM.find((path) => existsSync(path)) ?? chromium.executablePath();
  if (!existsSync(executablePath)) throw new Error('No Chromium is installed: run scripts/setup --for-tests.');
  // As root, as in most containers, it has no sandbox.
  return chromium.launch({ executablePath, args: [...QUIET, '--disable-gpu', '--no-sandbox'] });
}
