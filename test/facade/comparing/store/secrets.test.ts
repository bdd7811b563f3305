/** Nothing that was planted in a request, an answer or a row may ever reach the disk. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRedactor } from '../../../../src/facade/comparing/redaction/create-redactor.js';
import { difference, openStore } from './store-fixture.js';

const JWT =
  'eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJkZXZpY2U6UExBTlRFRCJ9.UExBTlRFRFNJR05BVFVSRVBMQU5URURTSUdOQVRVUkU';
const REFRESH = 'PLANTEDrefreshPLANTEDrefreshPLANTEDrefreshPLANTEDrefreshPLANTEDr';
const FERNET = `gAAAAAB${'PLANTEDfernet'.repeat(8)}==`;
const PASSWORD = 'PLANTED-pass-w0rd';
const COOKIE = 'PLANTEDcookie.aGVsbG8.PLANTEDsig';
const SECRETS = ['PLANTED', JWT.split('.')[1] ?? '', JWT.split('.')[2] ?? ''];

describe('secrets of compared requests', () => {
  it('are neither in facade.db nor in its log, in whatever place they stood', async () => {
    const open = openStore({ redactor: createRedactor({ key: randomBytes(32) }) });
    try {
      const body = JSON.stringify({ guid: 'g-1', refresh_token: REFRESH, nested: [{ password: PASSWORD, note: JWT }] });
      const text = JSON.stringify({ access_token: JWT, inner: JSON.stringify({ token: REFRESH }), sealed: FERNET });
      open.record({
        method: 'POST',
        target: `/api/agent/token/refresh?token=${REFRESH}`,
        caller: 'device',
        headers: [
          ['content-type', 'application/json'],
          ['authorization', `Bearer ${JWT}`],
          ['cookie', `session=${COOKIE}; borealis_auth=${COOKIE}`],
        ],
        body: Buffer.from(body),
        answer: text,
        engineAnswer: text.replace('sealed', 'leaked'),
        differences: [difference('body.access_token'), difference(`body["${JWT}"]`)],
        used: [{ by: 'noise', rule: `body["${JWT}"]`, count: 1 }],
        effects: {
          legacy: {
            effects: {
              rows: [
                {
                  ...{ table: 'device_refresh_tokens', rowId: 1, change: 'insert', before: undefined },
                  after: { token_hash: 'abc', note: FERNET, password: PASSWORD },
                },
              ],
              events: [{ event: 'e', room: null, payload: { token: REFRESH } }],
              calls: [],
            },
            disturbed: false,
            notSearched: [],
            eventsSeen: true,
          },
          engine: { rows: [], events: [], calls: [{ method: 'GET', url: `https://h/?token=${REFRESH}` }] },
        },
      });
      await open.store.flush();
      const [kept] = await open.store.wholePairs({ limit: 10 });
      assert.ok(kept, 'nothing was kept');
      const shown = JSON.stringify(await open.store.evidenceOf('devices')) + JSON.stringify(kept);
      const bytes = ['', '-wal'].map((part) => readFileSync(open.file + part).toString('latin1')).join('');
      for (const secret of SECRETS) {
        assert.ok(!bytes.includes(secret), `${secret} is on the disk`);
        assert.ok(!shown.includes(secret), `${secret} is shown`);
        assert.ok(!JSON.stringify(open.log.entries).includes(secret), `${secret} is logged`);
      }
      assert.match(kept.pair.notReplayable ?? '', /held a secret/);
      assert.ok(shown.includes('g-1'), 'what is no secret is gone too');
    } finally {
      await open.close();
    }
  });
});
