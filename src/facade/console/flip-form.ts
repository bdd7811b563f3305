/** Moves one target to a stage: shows before what would change, and asks the gate where it decides. */

import { type Act, actForm } from './act-form.js';
import type { Canary, Preview, Version } from './answers.js';
import { act, ask } from './api.js';
import { el } from './elements.js';
import { changes } from './outcome.js';

export interface FlipTarget extends Pick<Act, 'refresh' | 'onDone'> {
  /** As the API names it: a row without group, a group, `event:NAME`, `sockets`, `default`, `background:NAME`. */
  readonly target: string;
  readonly stages: readonly string[];
  readonly current: string;
  readonly canary?: Canary | null;
  /** The stage that the gate decides on: going there is a promotion. */
  readonly next?: string | null;
}

const CANARY = 'canary';
const USUAL: Canary = { percent: 5, by: 'guid' };
const NO_REASON_YET = 'preview';

export function flipForm({ target, stages, current, canary, next, refresh, onDone }: FlipTarget): HTMLFormElement {
  const share = canaryFields(canary ?? USUAL);
  const preview = el('button', { type: 'button' }, 'Show what would change');
  const chosen = (): string => String(new FormData(form).get('stage') ?? '');
  const wish = () => ({ target, ...(chosen() === CANARY ? share.read() : {}) });
  const flip = (asked: object): Promise<Version> =>
    chosen() === next
      ? // Named, as the next stage may be another one by now.
        act<Version>('/promote', { ...wish(), ...asked, to: next })
      : act<Version>('/flip', { ...wish(), ...asked, stage: chosen() });
  const { form, asked, run, reset } = actForm(
    { title: `Move ${target}`, verb: 'Flip', act: flip, refresh, onDone },
    [stageField(target, stages, current), share.fields],
    [preview],
  );

  share.show(false);
  form.addEventListener('change', ({ target: changed }) => {
    if (!(changed instanceof HTMLInputElement) || changed.type === 'checkbox') return;
    share.show(chosen() === CANARY);
    reset();
  });
  preview.addEventListener('click', () => {
    const stage = chosen();
    if (stage === '') return void form.reportValidity();
    void run(async () => {
      const { why, ...rest } = asked();
      const planned = await ask<Preview>('/flip/preview', { ...wish(), ...rest, why: why || NO_REASON_YET, stage });
      if (stage !== chosen()) return [];
      return [changes('Would change', planned.changes), el('pre', {}, planned.diff)];
    });
  });
  return form;
}

function stageField(target: string, stages: readonly string[], current: string): HTMLElement {
  const choices = stages.map((stage) =>
    el(
      'label',
      { className: 'inline' },
      el('input', { type: 'radio', name: 'stage', value: stage, required: true }),
      stage === current ? `${stage} (now)` : stage,
    ),
  );
  return el('fieldset', { className: 'stages' }, el('legend', { className: 'quiet' }, `Move ${target} to`), ...choices);
}

function canaryFields(usual: Canary) {
  const percent = el('input', { type: 'number', min: '0.01', max: '100', step: '0.01', value: `${usual.percent}` });
  const by = el('input', { value: usual.by, pattern: 'guid|operator|address|header:.+', maxLength: 100 });
  const fields = el(
    'div',
    { className: 'tools' },
    el('label', {}, 'Percent of clients', percent),
    el('label', {}, 'Told apart by (guid, operator, address, header:NAME)', by),
  );
  return {
    fields,
    read: (): Canary => ({ percent: Number(percent.value), by: by.value }),
    /** What is hidden must not keep the form from being sent. */
    show(shown: boolean): void {
      fields.hidden = percent.disabled = by.disabled = !shown;
      percent.required = by.required = shown;
    },
  };
}
