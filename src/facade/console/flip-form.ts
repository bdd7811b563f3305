/** Moves one target to a stage: shows before what would change, asks for the reason, and says what the facade refused. */
import type { Change, Preview, Version } from './answers.js';
import { act, post, Refusal } from './api.js';
import { el, list, show } from './elements.js';

export interface FlipTarget {
  /** As the API names it: a row without group, a group, `event:NAME`, `sockets`, `default`, `background:NAME`. */
  readonly target: string;
  readonly stages: readonly string[];
  readonly current: string;
  /** The stage that the gate decides on: going there is a promotion. */
  readonly next?: string | null;
  readonly onDone: (version: Version) => void;
}

/** Refusals that `force` may go past; whether it does is the facade's to say. */
const FORCIBLE: ReadonlySet<string> = new Set(['held_down', 'gate_not_met', 'engine_not_fit', 'requires_unmet']);
const CANARY = 'canary';
const NO_REASON_YET = 'preview';

export function flipForm({ target, stages, current, next, onDone }: FlipTarget): HTMLFormElement {
  const percent = el('input', { type: 'number', min: '0.01', max: '100', step: '0.01', value: '5' });
  const by = el('input', { value: 'guid', pattern: 'guid|operator|address|header:.+', maxLength: 100 });
  const share = el(
    'div',
    { className: 'tools', hidden: true },
    el('label', {}, 'Percent of clients', percent),
    el('label', {}, 'Told apart by (guid, operator, address, header:NAME)', by),
  );
  const why = el('textarea', { required: true, rows: 2, maxLength: 1000 });
  const force = el('input', { type: 'checkbox' });
  const forced = el(
    'label',
    { className: 'inline', hidden: true },
    force,
    'Do it all the same (force). The audit keeps that.',
  );
  const outcome = el('div', { aria: { live: 'polite' } });
  const preview = el('button', { type: 'button' }, 'Show what would change');
  const submit = el('button', { type: 'submit', className: 'act' }, 'Flip');
  const choices = stages.map((stage) =>
    el(
      'label',
      { className: 'inline' },
      el('input', { type: 'radio', name: 'stage', value: stage, required: true }),
      stageName(stage, current),
    ),
  );
  const form = el(
    'form',
    { className: 'form' },
    el('fieldset', { className: 'stages' }, el('legend', { className: 'quiet' }, `Move ${target} to`), ...choices),
    share,
    el('label', {}, 'Why (kept in the audit)', why),
    forced,
    el('div', { className: 'tools' }, submit, preview),
    outcome,
  );

  const chosen = (): string => String(new FormData(form).get('stage') ?? '');
  const body = (reason: string): Readonly<Record<string, unknown>> => ({
    target,
    why: reason,
    ...(chosen() === CANARY ? { percent: Number(percent.value), by: by.value } : {}),
    ...(force.checked ? { force: true } : {}),
  });
  const run = async (work: () => Promise<void>): Promise<void> => {
    submit.disabled = preview.disabled = true;
    try {
      await work();
    } catch (error) {
      show(outcome, refused(error));
      forced.hidden = !(error instanceof Refusal && FORCIBLE.has(error.code));
    } finally {
      submit.disabled = preview.disabled = false;
    }
  };

  form.addEventListener('change', () => {
    share.hidden = chosen() !== CANARY;
  });
  preview.addEventListener('click', () => {
    if (chosen() === '') return void form.reportValidity();
    void run(async () => {
      const planned = await post<Preview>('/flip/preview', {
        ...body(why.value.trim() || NO_REASON_YET),
        stage: chosen(),
      });
      show(outcome, changes('Would change', planned.changes), el('pre', {}, planned.diff));
    });
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void run(async () => {
      const promotes = chosen() === next;
      const asked = body(why.value.trim());
      const version = await (promotes
        ? act<Version>('/promote', asked)
        : act<Version>('/flip', { ...asked, stage: chosen() }));
      onDone(version);
    });
  });
  return form;
}

/** In the facade's own words, with all that is wrong. */
export function refused(error: unknown): HTMLElement {
  const said = error instanceof Error ? error.message : String(error);
  const code = error instanceof Refusal ? el('span', { className: 'mono' }, ` (${error.code})`) : undefined;
  const problems = error instanceof Refusal && error.problems.length > 0 ? list(error.problems) : undefined;
  return el('div', { className: 'bad' }, said, code, problems);
}

/** What a flip or a way back has done. */
export function flipped({ version, changes: made, warnings = [] }: Version): HTMLElement {
  return el(
    'div',
    { aria: { live: 'polite' } },
    el('p', { className: 'good' }, `Version ${version} is in force.`),
    changes('Changed', made),
    ...warnings.map((text) => el('p', { className: 'warn' }, text)),
  );
}

export function changes(title: string, of: readonly Change[]): HTMLElement {
  return el(
    'div',
    {},
    `${title}: `,
    of.length === 0 ? 'nothing' : list(of.map(({ id, from, to }) => `${id}: ${from} → ${to}`)),
  );
}

function stageName(stage: string, current: string): string {
  return stage === current ? `${stage} (now)` : stage;
}
