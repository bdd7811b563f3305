/** The console: signs in, and shows one view at a time, drawn anew every few seconds while somebody looks. */
import type { Status } from './answers.js';
import { get, Refusal, signedIn } from './api.js';
import { byId, type Child, el, show } from './elements.js';
import { explainView } from './explain-view.js';
import { historyView } from './history-view.js';
import { jobsView } from './jobs-view.js';
import { closePanel, isPanelOpen } from './panel.js';
import { routesView } from './routes-view.js';
import { socketsView } from './sockets-view.js';

type View = (refresh: () => void) => readonly Child[] | Promise<readonly Child[]>;

const VIEWS: Readonly<Record<string, View>> = {
  routes: routesView,
  sockets: socketsView,
  jobs: jobsView,
  history: historyView,
  explain: explainView,
};
/** Drawn once: it shows what was asked, and nothing that changes. */
const RESTING: ReadonlySet<string> = new Set(['explain']);
const REFRESH_MS = 3000;

/** Of the newest drawing; an older one that comes late shows nothing. */
let drawing = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

function viewName(): string {
  const name = location.hash.slice(1);
  return VIEWS[name] === undefined ? 'routes' : name;
}

async function draw(): Promise<void> {
  drawing += 1;
  const own = drawing;
  clearTimeout(timer);
  const name = viewName();
  try {
    const [status, content] = await Promise.all([get<Status>('/status'), VIEWS[name]?.(() => void draw())]);
    if (own !== drawing) return;
    trouble(undefined);
    signInShown(false);
    show(byId('state'), ...stateOf(status));
    for (const tab of document.querySelectorAll('#tabs a'))
      if (tab.getAttribute('href') === `#${name}`) tab.setAttribute('aria-current', 'page');
      else tab.removeAttribute('aria-current');
    show(byId('view'), ...(content ?? []));
    document.title = `${name} · facade`;
  } catch (error) {
    if (own !== drawing) return;
    if (error instanceof Refusal && error.status === 401)
      return signOut('The facade does not take this token (any more).');
    trouble(
      error instanceof Refusal
        ? error.message
        : 'The facade does not answer. What is shown is from before; trying again.',
    );
  }
  plan();
}

/** Nothing moves under a dialog, in a hidden tab, or where the view asks the operator. */
function plan(): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (isPanelOpen() || document.hidden || RESTING.has(viewName())) plan();
    else void draw();
  }, REFRESH_MS);
}

function stateOf({ version, state, legacy, engine, table, breakers, guard }: Status): readonly HTMLElement[] {
  const chip = (text: string, kind: string, title = '') => el('span', { className: `chip ${kind}`, title }, text);
  const open = Object.keys(breakers);
  return [
    chip(`${version} ${state}`, state === 'running' ? '' : 'warn'),
    side('legacy', legacy.reachable, legacy.problem),
    engine.mode === 'off' ? chip('engine off', '') : side('engine', engine.reachable, engine.problem),
    chip(
      `table version ${table.version}`,
      table.rejected === null ? '' : 'bad',
      table.rejected === null ? '' : 'The file was edited and refused; this version stays in force.',
    ),
    ...(table.rejected === null ? [] : [chip('edited file refused', 'bad')]),
    ...(open.length === 0 ? [] : [chip(`${open.length} breakers open`, 'bad', open.join(', '))]),
    ...(guard.holds.length === 0 ? [] : [chip(`${guard.holds.length} held back`, 'bad')]),
    ...Object.entries(table.rowsByStage).map(([stage, count]) => chip(`${count} ${stage}`, `stage-${stage}`)),
  ];
}

function side(name: string, reachable: boolean | null, problem: string | null): HTMLElement {
  const [word, kind] =
    reachable === true ? ['answers', 'good'] : reachable === null ? ['not asked yet', ''] : ['does not answer', 'bad'];
  return el('span', { className: `chip ${kind}`, title: problem ?? '' }, `${name} ${word}`);
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
  trouble(undefined);
  show(byId('state'));
  show(byId('view'));
  signInShown(true);
  const refused = byId('refused');
  refused.hidden = why === undefined;
  refused.textContent = why ?? '';
  byId('token').focus();
}

byId('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  const token = byId<HTMLInputElement>('token');
  signedIn.keep(token.value.trim(), byId<HTMLInputElement>('name').value.trim());
  token.value = '';
  void draw();
});
byId('sign-out').addEventListener('click', () => signOut());
window.addEventListener('hashchange', () => void draw());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && signedIn.token() !== null && !isPanelOpen() && !RESTING.has(viewName())) void draw();
});

if (signedIn.token() === null) signOut();
else void draw();
