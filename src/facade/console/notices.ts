/** What came of acts whose form was closed before the facade answered: stays until it is dismissed. */
import { byId, type Child, el, show } from './elements.js';

export function notify(...children: readonly Child[]): void {
  const dismiss = el('button', { type: 'button' }, 'Dismiss');
  const notice = el('div', { className: 'notice' }, el('div', {}, ...children), dismiss);
  dismiss.addEventListener('click', () => notice.remove());
  byId('notices').append(notice);
}

export function forgetNotices(): void {
  show(byId('notices'));
}
