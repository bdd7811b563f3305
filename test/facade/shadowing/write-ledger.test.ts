import assert from 'node:assert/strict';
import { WriteLedger } from '../../../src/facade/shadowing/write-ledger.js';

describe('WriteLedger', () => {
  let bytes: number;
  let ledger: WriteLedger;
  beforeEach(() => {
    bytes = 0;
    ledger = new WriteLedger(() => bytes);
  });

  it('sees a write that is alone as alone', () => {
    const mark = ledger.mark();
    ledger.begin();
    ledger.end();
    assert.ok(!ledger.overlapped(mark));
  });

  it('sees one that was under way at the beginning', () => {
    ledger.begin();
    const mark = ledger.mark();
    ledger.begin();
    ledger.end();
    ledger.end();
    assert.ok(ledger.overlapped(mark));
  });

  it('sees one that came and went in between', () => {
    const mark = ledger.mark();
    for (const _each of ['its own', 'another']) {
      ledger.begin();
      ledger.end();
    }
    assert.ok(ledger.overlapped(mark));
  });

  it('sees that a client sent something over a socket', () => {
    const mark = ledger.mark();
    bytes += 1;
    assert.ok(ledger.overlapped(mark));
  });

  it('sees writes beside a read, and no sockets', () => {
    const alone = ledger.mark();
    bytes += 1;
    assert.ok(!ledger.wroteSince(alone));
    ledger.begin();
    const during = ledger.mark();
    ledger.end();
    assert.ok(ledger.wroteSince(alone));
    assert.ok(ledger.wroteSince(during));
    assert.ok(!ledger.wroteSince(ledger.mark()));
  });
});
