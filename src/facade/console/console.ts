/** The console: signs in, and shows one view at a time, drawn anew every few seconds while somebody looks. */
import type { Status } from './answers.js';
import { asError, get, Refusal, signedIn, Unanswered } from './api.js';
import { concernsOf } from './concerns.js';
import { byId, type Child, el, renew, show } from './elements.js';
import { explainView } from './explain-view.js';
import { historyView } from './history-view.js';
import { jobsView } from './jobs-view.js';
import { forgetNotices } from './notices.js';
import { refused } from './outcome.js';
import { closePanel, isPanelOpen, whenPanelCloses } from './panel.js';
import { routesView } from './routes-view.js';
import { socketsView } from './sockets-view.js';

type View = (refresh: () => void) => readonly Child[] | Promise<readonly Child[]>;

const VIEWS: ReadonlyMap<string, View> = new Map<string, View>([
  ['routes', routesView],
  ['sockets', socketsView],
  ['jobs', jobsView],
  ['history', historyView],
  ['explain', explainView],
]);
/** Drawn once: it shows what was asked, and nothing that changes. */
const RESTING: ReadonlySet<string> = new Set(['explain']);
const REFRESH_MS = 3000;
const NOT_TAKEN = 'The facade does not take this token (any more).';

/** Of the newest drawing; an older one that comes late shows nothing. */
let drawing = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
/** The view that the page shows, whatever the address says. */
let shownView: string | undefined;
/** Of the facade that gave this page. */
let ownVersion: string | undefined;

function viewName(): string {
  const name = location.hash.slice(1);
  return VIEWS.has(name) ? name : 'routes';
}

async function draw(): Promise<void> {
  if (signedIn.token() === null) return;
  drawing += 1;
  const own = drawing;
  clearTimeout(timer);
  const name = viewName();
  const [status, content] = await Promise.all([get<Status>('/status').catch(asError), contentOf(name)]);
  if (own !== drawing) return;
  if ([status, content].some((one) => one instanceof Refusal && one.status === 401)) return signOut(NOT_TAKEN);
  signInShown(false);
  const wrong = [showStatus(status), showView(name, content)];
  trouble(wrong.find((text) => text !== undefined));
  plan();
}

/** @returns undefined where what is shown may stay as it is */
async function contentOf(name: string): Promise<readonly Child[] | Error | undefined> {
  if (RESTING.has(name) && shownView === name) return undefined;
  try {
    return (await VIEWS.get(name)?.(() => void draw())) ?? [];
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof Unanswered)) reportError(error);
    return asError(error);
  }
}

/** Nothing moves under a dialog or in a hidden tab. */
function plan(): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (isPanelOpen() || document.hidden) plan();
    else void draw();
  }, REFRESH_MS);
}

/** @returns what is wrong with it, or with the page */
function showStatus(status: Status | Error): string | undefined {
  if (status instanceof Unanswered) return 'The facade does not answer. What is shown is from before; trying again.';
  if (status instanceof Error) return status.message;
  renew(byId('state'), ...stateOf(status));
  const concerns = concernsOf(status);
  byId('concerns').hidden = concerns.length === 0;
  renew(byId('concerns'), ...concerns);
  ownVersion ??= status.version;
  return status.version === ownVersion
    ? undefined
    : `This page is of facade ${ownVersion}, and ${status.version} runs now: reload the page.`;
}

/**
 * A view that failed leaves what it showed before, but never what another one showed.
 *
 * @returns why it is from before
 */
function showView(name: string, content: readonly Child[] | Error | undefined): string | undefined {
  for (const tab of document.querySelectorAll('#tabs a'))
    if (tab.getAttribute('href') === `#${name}`) tab.setAttribute('aria-current', 'page');
    else tab.removeAttribute('aria-current');
  document.title = `${name} · facade`;
  if (content === undefined) return undefined;
  if (content instanceof Error) {
    if (shownView === name) return `What is shown is from before. ${content.message}`;
    shownView = undefined;
    renew(byId('view'), refused(content));
    return undefined;
  }
  if (shownView === name) renew(byId('view'), ...content);
  else show(byId('view'), ...content);
  shownView = name;
  return undefined;
}

function stateOf({ version, state, legacy, engine, table }: Status): readonly HTMLElement[] {
  const chip = (text: string, kind = '') => el('span', { className: `chip ${kind}` }, text);
  return [
    chip(`${version} ${state}`, state === 'running' ? '' : 'warn'),
    chip(...side('legacy', legacy.reachable)),
    engine.mode === 'off' ? chip('engine off') : chip(...side('engine', engine.reachable)),
    chip(`table version ${table.version}`),
    ...(table.rejected === null ? [] : [chip('edited file refused', 'bad')]),
    ...Object.entries(table.rowsByStage).map(([stage, count]) => chip(`${count} ${stage}`, `stage-${stage}`)),
  ];
}

function side(name: string, reachable: boolean | null): [text: string, kind: string] {
  if (reachable === null) return [`${name} not asked yet`, ''];
  return reachable ? [`${name} answers`, 'good'] : [`${name} does not answer`, 'bad'];
}

function trouble(text: string | undefined): void {
  const place = byId('trouble');
  place.hidden = text === undefined;
  if (text !== undefined && place.textContent !== text) place.textContent = text;
}

function signInShown(shown: boolean): void {
  byId('sign-in').hidden = !shown;
  for (const id of ['tabs', 'sign-out']) byId(id).hidden = shown;
}

function signOut(why?: string): void {
  drawing += 1;
  clearTimeout(timer);
  signedIn.forget();
  if (isPanelOpen()) closePanel();
  forgetNotices();
  trouble(undefined);
  for (const id of ['state', 'concerns', 'view']) show(byId(id));
  byId('concerns').hidden = true;
  shownView = undefined;
  signInShown(true);
  const said = byId('refused');
  said.hidden = why === undefined;
  said.textContent = why ?? '';
  byId('token').focus();
}

byId('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  const field = byId<HTMLInputElement>('token');
  const token = field.value.trim();
  field.value = '';
  // No other can be sent in a header.
  if (!/^[\x21-\x7e]+$/.test(token)) return signOut(NOT_TAKEN);
  signedIn.keep(token, byId<HTMLInputElement>('name').value.trim());
  void draw();
});
byId('sign-out').addEventListener('click', () => {
  byId<HTMLInputElement>('name').value = '';
  signOut();
});
whenPanelCloses(() => void draw());
window.addEventListener('hashchange', () => void draw());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && !isPanelOpen()) void draw();
});

if (signedIn.token() === null) signOut();
else void draw();
