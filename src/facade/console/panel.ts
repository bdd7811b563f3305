/** The one dialog of the page. While it is open the view behind it rests. */
import { byId, type Child, el, show } from './elements.js';

export function openPanel(title: string, ...children: readonly Child[]): HTMLElement {
  const dialog = byId<HTMLDialogElement>('panel');
  const close = el('button', { type: 'button' }, 'Close');
  close.addEventListener('click', () => dialog.close());
  const content = el('div', {}, ...children);
  show(dialog, el('div', { className: 'head' }, el('h2', { id: 'panel-title' }, title), close), content);
  if (!dialog.open) dialog.showModal();
  return content;
}

export function isPanelOpen(): boolean {
  return byId<HTMLDialogElement>('panel').open;
}

export function closePanel(): void {
  byId<HTMLDialogElement>('panel').close();
}
