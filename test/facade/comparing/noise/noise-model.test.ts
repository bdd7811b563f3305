import { deepEqual, equal, match } from 'node:assert/strict';
import { createNoiseModel } from '../../../../src/facade/comparing/noise/noise-model.js';
import {
  AT,
  answer,
  answered,
  compare,
  comparedRequest,
  passed,
  read,
  rules,
  testComparer,
  told,
} from '../../../kit/comparison-input.js';

const LOAD = [{ path: 'body.load', kind: 'value' }] as const;
const DAY = 86_400_000;

function clocked() {
  let time = AT;
  const pass = (ms: number): void => {
    time += ms;
  };
  return { now: () => time, pass };
}

describe('learned noise', () => {
  it('is what has disagreed often enough', () => {
    const model = createNoiseModel(clocked());
    for (let asking = 1; asking <= 3; asking += 1) {
      equal(model.view('r').noiseAt('body.load', 'value'), undefined);
      model.learn('r', LOAD);
    }
    match(model.view('r').noiseAt('body.load', 'value') ?? '', /disagrees with itself/);
    equal(model.view('other').noiseAt('body.load', 'value'), undefined);
  });

  it('is not what disagrees once in a long while', () => {
    const model = createNoiseModel(clocked());
    for (let asking = 0; asking < 2000; asking += 1) {
      model.learn('r', asking % 200 === 0 ? LOAD : []);
      equal(model.view('r').noiseAt('body.load', 'value'), undefined);
    }
  });

  it('excuses no other kind of difference', () => {
    const model = createNoiseModel(clocked());
    for (let asking = 0; asking < 5; asking += 1) model.learn('r', [...LOAD, { path: 'body.l[*]', kind: 'missing' }]);
    equal(model.view('r').noiseAt('body.load', 'missing'), undefined);
    equal(model.view('r').noiseAt('body.load', 'type'), undefined);
    equal(model.view('r').noiseAt('body.l[*]', 'value'), undefined);
    equal(model.view('r').noiseAt('body.l[*]', 'extra') === undefined, false);
  });

  it('is never a status or a type, whatever was learned before', () => {
    const clock = clocked();
    const model = createNoiseModel(clock);
    const wavering = [
      { path: 'status', kind: 'status' },
      { path: 'body.list', kind: 'type' },
    ] as const;
    for (let asking = 0; asking < 9; asking += 1) model.learn('r', wavering);
    deepEqual(model.paths('r'), []);
    const earlier = { path: 'status', class: 'status', disagreed: 9, asked: 9, isNoise: true, latest: AT };
    const kept = JSON.parse(JSON.stringify({ rows: { r: { at: AT, paths: [earlier] } } }));
    const again = createNoiseModel(clock, kept);
    equal(again.view('r').noiseAt('status', 'status'), undefined);
    deepEqual(again.paths('r'), []);
  });

  it('is unlearned by agreeing for long, not by agreeing once', () => {
    const model = createNoiseModel(clocked());
    for (let asking = 0; asking < 20; asking += 1) model.learn('r', LOAD);
    model.learn('r', []);
    equal(model.view('r').noiseAt('body.load', 'value') === undefined, false);
    for (let asking = 0; asking < 500; asking += 1) model.learn('r', []);
    equal(model.view('r').noiseAt('body.load', 'value'), undefined);
    for (let asking = 0; asking < 500; asking += 1) model.learn('r', []);
    deepEqual(model.paths('r'), []);
  });

  it('is unlearned by time when nobody asks', () => {
    const clock = clocked();
    const model = createNoiseModel(clock);
    for (let asking = 0; asking < 5; asking += 1) model.learn('r', LOAD);
    clock.pass(2 * DAY);
    equal(model.view('r').noiseAt('body.load', 'value') === undefined, false);
    clock.pass(14 * DAY);
    equal(model.view('r').noiseAt('body.load', 'value'), undefined);
  });

  it('outlives a restart', () => {
    const clock = clocked();
    const model = createNoiseModel(clock);
    for (let asking = 0; asking < 5; asking += 1) model.learn('r', LOAD);
    const kept: unknown = JSON.parse(JSON.stringify(model.state()));
    const again = createNoiseModel(clock, kept as ReturnType<typeof model.state>);
    deepEqual(again.state(), model.state());
    equal(again.view('r').noiseAt('body.load', 'value') === undefined, false);
    again.forget('r');
    equal(again.view('r').noiseAt('body.load', 'value'), undefined);
  });

  it('is not kept of names that are longer than any that a server gives', () => {
    const model = createNoiseModel(clocked());
    const named = (length: number) => ({ path: `body.${'n'.repeat(length)}`, kind: 'value' }) as const;
    for (let asking = 1; asking <= 3; asking += 1) model.learn('r', [named(300), named(100_000)]);
    deepEqual(
      model.paths('r').map(({ path }) => path.length),
      [305],
    );
  });

  it('is bounded in rows and paths', () => {
    const model = createNoiseModel({ now: () => AT, mostRows: 3, mostPaths: 2 });
    for (const row of ['a', 'b', 'c', 'd']) model.learn(row, LOAD);
    model.learn('d', LOAD);
    model.learn(
      'd',
      ['x', 'y', 'z'].map((name) => ({ path: `body.${name}`, kind: 'value' as const })),
    );
    deepEqual(Object.keys(model.state().rows), ['b', 'c', 'd']);
    equal(model.paths('d').length, 2);
    equal(
      model.paths('d').some(({ path }) => path === 'body.load'),
      true,
    );
  });
});

describe('noise in comparisons', () => {
  const [first, second] = [
    answered(answer({ load: 0.5, list: [{ up: 1 }, { up: 2 }] })),
    answered(answer({ load: 0.7, list: [{ up: 3 }, { up: 4 }] })),
  ];

  it('is learned from two answers of the legacy, and passes differences by name', () => {
    const model = createNoiseModel({ now: () => AT });
    const found = testComparer.selfDisagreement(comparedRequest(), first, second, rules({}));
    deepEqual(found, [
      { kind: 'value', path: 'body.load' },
      { kind: 'value', path: 'body.list[*].up' },
    ]);
    for (let asking = 0; asking < 4; asking += 1) model.learn('row', found);
    const pair = read(
      answer({ load: 1.5, list: [{ up: 9 }], name: 'a' }),
      answer({ load: 2.5, list: [{ up: 8 }], name: 'a' }),
    );
    const result = compare(pair, rules({}), model.view('row'));
    equal(result.verdict, 'ignored');
    deepEqual(passed(result), ['noise body.load body.load', 'noise body.list[*].up body.list[0].up']);
    const broken = read(answer({ load: 1.5 }), answer({}));
    deepEqual(told(compare(broken, rules({}), model.view('row'))), ['missing body.load']);
  });

  it('is not learned from clocks, which equivalence knows', () => {
    const [a, b] = [answered(answer({ now: AT + 3 })), answered(answer({ now: AT + 1 }))];
    deepEqual(testComparer.selfDisagreement(comparedRequest(), a, b, rules({})), []);
  });

  it('is learned from what rules ignore, too', () => {
    const ignore = [{ path: 'body.load', why: 'w', owner: 'o', expires: undefined }];
    deepEqual(testComparer.selfDisagreement(comparedRequest(), first, second, rules({ ignore })).length, 2);
  });
});
