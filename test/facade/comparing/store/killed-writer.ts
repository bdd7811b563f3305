/** Records comparisons until it is killed, and says after each hand-over how many there were. */
import { openStore } from './store-fixture.js';

const open = openStore({ directory: process.argv[2] ?? '' });
for (let told = 10; ; told += 10) {
  open.record({}, 10);
  await open.store.flush();
  process.stdout.write(`${told}\n`);
}
