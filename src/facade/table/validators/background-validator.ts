/** Background tasks are known, the engine owns none that it does not have, and jobs of the scheduler are named where they are not its owner's. */
import { BACKGROUND_TASKS, ENGINE_TASKS } from '../background-tasks.js';
import { suggestion } from '../suggestion.js';
import type { TableValidator } from './table-validator.js';

export const validateBackground: TableValidator = ({ background }, problems) => {
  for (const { name, owner, jobs, line, field } of background) {
    for (const job of jobs)
      if (job.owner === owner)
        problems.add(
          job,
          `expected jobs of another owner: ${name} is at ${owner}, and so are its jobs without a word here`,
        );
    if (!BACKGROUND_TASKS.some((task) => task === name))
      problems.add(
        { line, field: `background.${name}` },
        `expected one of ${BACKGROUND_TASKS.join(', ')} (found ${JSON.stringify(name)})${suggestion(name, BACKGROUND_TASKS)}`,
      );
    else if (owner === 'engine' && !ENGINE_TASKS.includes(name))
      problems.add(
        { line, field },
        `expected legacy: this release's engine has no ${name}, so nobody would do its work`,
      );
  }
};
