/** The live view shows what its path says, whatever that is, and runs none of it. */
import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { liveViewPage } from '../../../src/engine/interfaces/http/live-view-page.js';

const pageOf = (agentId: string, nodeId: string): string => liveViewPage(agentId, nodeId).body.toString();

describe('live view', () => {
  it('has one script of its own, whatever the ids are, which compares with exactly them', () => {
    const hostile = fc.constantFrom(
      '</script>',
      '<!--',
      '"',
      "'",
      '\\',
      '\u2028',
      '$$',
      '<img src=x>',
      '&quot;',
      '\n',
      '`',
    );
    const id = fc.array(fc.oneof(hostile, fc.string())).map((parts) => parts.join(''));
    fc.assert(
      fc.property(id, id, (agentId, nodeId) => {
        const page = pageOf(agentId, nodeId);
        assert.equal(page.match(/<script/g)?.length, 2);
        assert.equal(page.match(/<\/script/g)?.length, 2);
        assert.ok(!page.includes('<img') && !page.includes('<!--'));
        const script = page.slice(page.lastIndexOf('<script>') + 8, page.lastIndexOf('</script>'));
        const found = runInNewContext(`${script.split('const canvas')[0]}; [agentId, nodeId]`) as string[];
        assert.deepEqual([...found], [agentId, nodeId]);
      }),
    );
  });
});
