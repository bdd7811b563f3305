/** A button that opens the form for what has no evidence to be shown beside it. */
import { el } from './elements.js';
import { type FlipTarget, flipForm } from './flip-form.js';
import { flipped } from './outcome.js';
import { openPanel } from './panel.js';

/** @param name empty for one that has none: it is called by its target then */
export function mover(of: Omit<FlipTarget, 'onDone'>, name: string): HTMLElement {
  const { target } = of;
  const open = el('button', { type: 'button', className: 'plain mono', key: `move ${target}` }, name.trim() || target);
  const onDone: FlipTarget['onDone'] = (version) => {
    openPanel(target, flipped(version));
  };
  open.addEventListener('click', () => openPanel(target, flipForm({ ...of, onDone })));
  return open;
}
