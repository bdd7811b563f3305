/** A form for what goes into the audit: asks for the reason, acts once at a time, and tells what came of it. */
import type { Version } from './answers.js';
import { Refusal, signedIn } from './api.js';
import { type Child, el, show } from './elements.js';
import { notify } from './notices.js';
import { flipped, refused } from './outcome.js';

export interface Act {
  /** What is asked, for whoever has closed the form by the time that it is answered. */
  readonly title: string;
  /** On the button. */
  readonly verb: string;
  readonly act: (asked: Asked) => Promise<Version>;
  /** After the table has changed. */
  readonly refresh: () => void;
  /** The same, while the form is still looked at. */
  readonly onDone: (version: Version) => void;
}

/** What every act takes. `force` only when its box is shown. */
export interface Asked {
  readonly why: string;
  readonly force?: true;
}

export interface ActForm {
  readonly form: HTMLFormElement;
  asked(): Asked;
  /** Does one thing at a time and shows what it gives, or why it failed. */
  run(work: () => Promise<readonly Child[]>): Promise<void>;
  /** Clears what was shown, and takes back the offer to force: it was for another wish. */
  reset(): void;
}

/** Refusals that `force` may go past; whether it does is the facade's to say. */
const FORCIBLE: ReadonlySet<string> = new Set(['held_down', 'gate_not_met', 'engine_not_fit', 'requires_unmet']);
/** As the admin API takes it. */
const LONGEST_WHY = 500;

export function actForm(
  { title, verb, act, refresh, onDone }: Act,
  fields: readonly Child[],
  tools: readonly Child[],
): ActForm {
  const why = el('textarea', { required: true, rows: 2, maxLength: LONGEST_WHY });
  const force = forceOffer();
  const outcome = el('div', { aria: { live: 'polite' } });
  const form = el(
    'form',
    { className: 'form' },
    ...fields,
    el('label', {}, 'Why (kept in the audit)', why),
    force.label,
    el('div', { className: 'tools' }, el('button', { type: 'submit', className: 'act' }, verb), ...tools),
    outcome,
  );
  const run = oneAtATime(form, outcome, (error) => force.offer(error instanceof Refusal && FORCIBLE.has(error.code)));
  const asked = (): Asked => ({ why: oneLine(why.value), ...(force.isTaken() ? { force: true } : {}) });
  const reset = (): void => {
    show(outcome);
    force.offer(false);
  };
  const perform = async (): Promise<readonly Child[]> => {
    const version = await act(asked()).catch((error: unknown) => {
      if (!form.isConnected) tell(title, refused(error));
      throw error;
    });
    refresh();
    if (form.isConnected) onDone(version);
    else tell(title, flipped(version));
    return [];
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void run(perform);
  });
  return { form, asked, run, reset };
}

/** A box that is not shown is not taken. */
function forceOffer() {
  const box = el('input', { type: 'checkbox' });
  const label = el(
    'label',
    { className: 'inline', hidden: true },
    box,
    'Do it all the same (force). The audit keeps that.',
  );
  return {
    label,
    isTaken: (): boolean => box.checked,
    offer(offered: boolean): void {
      label.hidden = !offered;
      if (!offered) box.checked = false;
    },
  };
}

function oneAtATime(form: HTMLElement, outcome: HTMLElement, onFailed: (error: unknown) => void): ActForm['run'] {
  let isBusy = false;
  return async (work) => {
    if (isBusy) return;
    isBusy = true;
    // Disabled buttons would lose the focus.
    form.ariaBusy = 'true';
    show(outcome, el('p', { className: 'quiet' }, 'Asking the facade …'));
    try {
      show(outcome, ...(await work()));
    } catch (error) {
      show(outcome, refused(error));
      onFailed(error);
    }
    form.ariaBusy = null;
    isBusy = false;
  };
}

/** Not to whoever has signed out, or in as somebody else could. */
function tell(title: string, what: HTMLElement): void {
  if (signedIn.token() !== null) notify(el('strong', {}, title), what);
}

/** The audit's entries are of one line each. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
