/** Loaded into the product's processes: their wall clock goes ahead by the milliseconds that a file says. Timers are as they were. */
import { readFileSync } from 'node:fs';

const file = process.env.TEST_CLOCK_FILE;
const plain = Date.now;
let ahead = 0;

function look() {
  ahead = Number(readFileSync(file, 'utf8'));
}
look();
setInterval(look, 10).unref();

globalThis.Date = class extends Date {
  constructor(...parts) {
    if (parts.length === 0) super(plain() + ahead);
    else super(...parts);
  }

  static now() {
    return plain() + ahead;
  }
};
