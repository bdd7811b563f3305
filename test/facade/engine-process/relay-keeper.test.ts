/** The engine has the order when it is ready and when the table changes, and is asked how the relay is for as long as there is one. */
import assert from 'node:assert/strict';
import { RelayKeeper } from '../../../src/facade/engine-process/relay-keeper.js';
import type { RelayMode, RelayOrder, RelayState } from '../../../src/legacy-bridge/realtime/relay-protocol.js';
import { recordingLog } from '../../kit/silent-log.js';

const order = (mode: RelayMode, url = 'http://legacy'): RelayOrder => ({
  mode,
  legacy: { url, ca: '', pin: '', serverName: '' },
});
const state = (mode: RelayMode, word: RelayState['state'], problem: string | null = null): RelayState => ({
  ...{ mode, state: word, problem, legacy: 'http://legacy', heard: 0, said: 0, asked: 0, dropped: 0 },
  ...{ agents: 3, waiting: 0 },
});

describe('RelayKeeper', () => {
  let told: RelayMode[];
  let answer: (mode: RelayMode) => RelayState;
  let waiting: (() => void)[];
  let log: ReturnType<typeof recordingLog>;
  let keeper: RelayKeeper;
  const until = async (count: number) => {
    while (told.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  };
  beforeEach(() => {
    [told, waiting] = [[], []];
    log = recordingLog();
    answer = (mode) => state(mode, mode === 'on' ? 'up' : 'off');
    keeper = new RelayKeeper({
      ...{ log, everyMs: 1, idleMs: 30, reasonOf: (error) => (error as Error).message },
      tell: async ({ mode }) => {
        told.push(mode);
        for (const wake of waiting.splice(0)) wake();
        return answer(mode);
      },
    });
  });
  afterEach(() => keeper.engineChanged(false));
  const messages = () => log.entries.map(({ message, fields }) => [message, fields?.problem].filter(Boolean).join(' '));

  it('tells an engine that becomes ready, and then what changes; one that is off asks nothing more', async () => {
    keeper.order(order('on'));
    assert.deepEqual([told, keeper.state(), keeper.mode], [[], undefined, 'on']);
    keeper.engineChanged(true);
    await until(3);
    assert.equal(keeper.state()?.state, 'up');
    keeper.order(order('off'));
    while (told.at(-1) !== 'off') await until(told.length + 1);
    await until(0);
    assert.equal(keeper.state()?.mode, 'off');
    const before = told.length;
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(told.length, before);
    keeper.engineChanged(false);
    assert.equal(keeper.state(), undefined);
  });

  it('sees, if later, that clients had a relay begin that nobody ordered for good', async () => {
    keeper.order(order('while-clients'));
    const begin = performance.now();
    keeper.engineChanged(true);
    await until(1);
    assert.equal(keeper.state()?.state, 'off');
    answer = (mode) => state(mode, 'up');
    await until(2);
    assert.ok(performance.now() - begin >= 28, 'as often as one that runs');
    assert.equal(keeper.state()?.state, 'up');
    await until(4);
    assert.deepEqual(messages(), ['socket-relay-up']);
  });

  it('goes on asking, says what changes and nothing twice', async () => {
    const words: RelayState[] = [
      state('on', 'down'),
      state('on', 'up'),
      state('on', 'up'),
      state('on', 'down', 'refused'),
      state('on', 'down', 'refused'),
      state('on', 'up'),
    ];
    answer = (mode) => words.shift() ?? state(mode, 'off');
    keeper.order(order('on'));
    keeper.engineChanged(true);
    await until(8);
    assert.deepEqual(messages(), [
      'socket-relay-up',
      'socket-relay-down refused',
      'socket-relay-up',
      'socket-relay-off',
    ]);
  });

  it('tries again an order that was not taken', async () => {
    let refusals = 2;
    answer = (mode) => {
      refusals -= 1;
      if (refusals >= 0) throw new Error('no such file');
      return state(mode, 'up');
    };
    keeper.order(order('on'));
    keeper.engineChanged(true);
    await until(3);
    assert.deepEqual(messages(), ['socket-relay-not-ordered no such file', 'socket-relay-up']);
  });

  it('tells the newest when the table changed while it told', async () => {
    keeper.order(order('on'));
    keeper.engineChanged(true);
    keeper.order(order('off'));
    await until(2);
    assert.deepEqual([told, keeper.state()?.mode], [['on', 'off'], 'off']);
  });
});
