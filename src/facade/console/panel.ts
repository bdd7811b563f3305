/** The one dialog of the page. While it is open the view behind it rests. */
import { byId, type Child, el, focusedKey, focusOn, show } from './elements.js';

/** What the focus goes back to; the element itself may have been drawn anew by then. */
let opener: string | undefined;

/** @returns where the content is; no longer part of the page once the dialog was closed, or shows something else */
export function openPanel(title: string, ...children: readonly Child[]): HTMLElement {
  const dialog = panel();
  const close = el('button', { type: 'button' }, 'Close');
  close.addEventListener('click', closePanel);
  const heading = el('h2', { id: 'panel-title', tabIndex: -1 }, title);
  const content = el('div', {}, ...children);
  if (!dialog.open) opener = focusedKey();
  show(dialog, el('div', { className: 'head' }, heading, close), content);
  if (!dialog.open) dialog.showModal();
  heading.focus();
  return content;
}

export function isPanelOpen(): boolean {
  return panel().open;
}

export function closePanel(): void {
  panel().close();
}

/** Calls `then` each time, with nothing left of what was shown. */
export function whenPanelCloses(then: () => void): void {
  panel().addEventListener('close', () => {
    show(panel());
    focusOn(opener);
    then();
  });
}

function panel(): HTMLDialogElement {
  return byId<HTMLDialogElement>('panel');
}
