/** What the scheduler asks each minute stays cheap however many runs there are. */
import assert from 'node:assert/strict';
import { MINUTELY_QUERIES } from '../../../src/engine/repositories/sqlite/sqlite-scheduled-run-repository.js';
import { type SchedulerWorld, startSchedulerWorld } from '../../kit/scheduler-world.js';

describe('runs of scheduled jobs', () => {
  let world: SchedulerWorld;
  before(async () => {
    world = await startSchedulerWorld();
  });
  after(() => world.stop());

  for (const sql of MINUTELY_QUERIES)
    it(`are looked up by an index: ${sql.trim().split('\n', 1)[0]}`, () => {
      const values = Array.from({ length: sql.split('?').length - 1 }, () => 1);
      const plan = world.db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[];
      const steps = plan.map(({ detail }) => detail).filter((detail) => /scheduled_job_runs|\br\b/.test(detail));
      assert.ok(steps.length > 0);
      for (const step of steps) assert.match(step, /USING (COVERING )?INDEX|USING INTEGER PRIMARY KEY/, step);
    });
});
