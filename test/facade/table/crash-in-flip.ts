/** A process that dies in the middle of a flip: the new file is in place, its version is not committed. */
import { openTable } from './open-table.js';

const table = await openTable({
  directory: process.argv[2] ?? '',
  history: (history) => ({
    newest: () => history.newest(),
    list: (limit) => history.list(limit),
    textOf: (version) => history.textOf(version),
    append: (version, publish) =>
      history.append(version, () => {
        publish?.();
        if (publish !== undefined) process.kill(process.pid, 'SIGKILL');
      }),
  }),
});
await table.store.flip({ target: 'inline', stage: 'engine', who: 'ann', why: 'a try' });
