// Mocha's spec report, and one closing line that says how many passed and failed.
import Mocha from 'mocha';

export default class ClosingLineReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      process.once('exit', () => process.stdout.write(`${this.stats.passes} passed, ${this.stats.failures} failed\n`));
    });
  }
}
