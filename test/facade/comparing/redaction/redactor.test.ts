import { deepEqual, doesNotMatch, equal, match, notEqual, throws } from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { createRedactor } from '../../../../src/facade/comparing/redaction/create-redactor.js';
import { answer, comparedRequest, inserted, TEST_KEY, testRedactor } from '../../../kit/comparison-input.js';

const MARK = /^\[redacted:[\w.-]+:[0-9a-f]{8}\]$/;

describe('redaction of texts', () => {
  it('keeps kind and a digest, by which equal ones can be told', () => {
    const [a, again, b] = ['one', 'one', 'two'].map((text) => testRedactor.text(text, 'password'));
    match(a ?? '', /^\[redacted:password:[0-9a-f]{8}\]$/);
    equal(a, again);
    notEqual(a, b);
    notEqual(a, createRedactor({ key: Buffer.alloc(16, 1) }).text('one', 'password'));
  });

  it('leaves alone what is no secret', () => {
    const plain = [
      'HOST-01',
      '2025-10-09T08:53:20.400000+00:00',
      '0b0b7a80-7f1c-4b9e-8d5a-2f1f0a6f9a01',
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      'Windows 11 Pro 24H2 Build 26100.1',
      'C:\\Program Files\\Borealis\\agent.exe',
      '{"a": 1,  "b": [true]}',
      'https://borealis.example:5000/api/devices?status=active',
      'invalid token',
      'dir /s C:\\Windows -Recurse -Depth 2',
    ];
    for (const text of plain) equal(testRedactor.text(text), text);
  });

  it('does nothing twice', () => {
    const once = testRedactor.text('Bearer abcdefghijklmnopqrstuvwxyz', 'authorization');
    equal(testRedactor.text(once, 'authorization'), once);
  });

  it('keeps amounts, and takes numbers that stand under secret names', () => {
    deepEqual(testRedactor.json({ count: 7, has_token: true, token: null, mfa_code: 123456 }), {
      count: 7,
      has_token: true,
      token: null,
      mfa_code: testRedactor.text('123456', 'mfa_code'),
    });
  });

  it('takes all that stands beneath a secret name', () => {
    const shown = JSON.stringify(testRedactor.json({ password: { kind: 'x1', parts: ['x2', 33] } }));
    doesNotMatch(shown, /x1|x2|33/);
  });

  it('can be told of more names, headers and forms', () => {
    const own = createRedactor({
      key: TEST_KEY,
      keys: ['licence_key'],
      headers: ['x-machine'],
      patterns: [{ kind: 'pin', pattern: /PIN-\d+/g }],
    });
    match(own.text('abc', 'LicenceKey'), MARK);
    match(own.headers([['x-machine', 'abc']])[0]?.[1] ?? '', MARK);
    match(own.text('a PIN-1234 b'), /^a \[redacted:pin:\w+\] b$/);
    const loose = createRedactor({ key: TEST_KEY, patterns: [{ kind: 'pin', pattern: /\d*/g }] });
    match(loose.text('a 1234 b'), /^a \[redacted:pin:\w+\] b$/);
  });

  it('demands a key that can not be guessed, and patterns that find all', () => {
    throws(() => createRedactor({ key: Buffer.alloc(8) }), TypeError);
    throws(() => createRedactor({ key: TEST_KEY, patterns: [{ kind: 'x', pattern: /x/ }] }), TypeError);
  });
});

describe('redaction of messages', () => {
  it('keeps schemes, and names and attributes of cookies', () => {
    const shown = testRedactor.headers([
      ['authorization', 'Bearer abc.def'],
      ['cookie', 'session=s1; borealis_auth=t1'],
      ['set-cookie', 'session=s1; HttpOnly; Path=/; SameSite=Lax'],
      ['dpop', 'proof'],
      ['x-borealis-token', 'tok'],
      ['content-type', 'text/html'],
    ]);
    const [session, auth] = ['s1', 't1'].map((text) => testRedactor.text(text, 'cookie'));
    deepEqual(
      shown.map(([, value]) => value),
      [
        `Bearer ${testRedactor.text('abc.def', 'authorization')}`,
        `session=${session}; borealis_auth=${auth}`,
        `session=${session}; HttpOnly; Path=/; SameSite=Lax`,
        testRedactor.text('proof', 'dpop'),
        testRedactor.text('tok', 'x-borealis-token'),
        'text/html',
      ],
    );
  });

  it('takes secrets out of targets by name and by form', () => {
    const code = '0123-4567-89AB-CDEF-0123-4567-89AB-CDEF';
    const shown = testRedactor.target(`/api/codes/${code}?Token=abc%20d&page=2&next=%2Fa%3Fpassword%3Dhunter2&flag`);
    doesNotMatch(shown, /0123-4567|abc|hunter2/);
    match(shown, /^\/api\/codes\/\[redacted:install-code:\w+\]\?Token=\[redacted:token:\w+\]&page=2&next=.*&flag$/);
  });

  it('keeps numbers and order of JSON, decoded', () => {
    const body = gzipSync('{"b": 1.0, "a": 9007199254740993, "password": "x", "password": "y"}');
    const shown = testRedactor.answer(answer('', { headers: [['content-encoding', 'gzip']], body })).body;
    equal(shown.form, 'json');
    match(shown.text, /^\{"b":1\.0,"a":9007199254740993,"password":"\[[^"]+\]","password":"\[[^"]+\]"\}$/);
    equal(shown.size, body.length);
  });

  it('keeps forms by their fields, bytes by digest, and cuts what is long', () => {
    const headers = [['content-type', 'application/x-www-form-urlencoded']] as const;
    const form = testRedactor.request(
      comparedRequest({ headers, body: Buffer.from('user=nina&password=hunter2') }),
    ).body;
    match(form.text, /^user=nina&password=\[redacted:password:\w+\]$/);
    const parts = [['content-type', 'multipart/form-data; boundary=b']] as const;
    const part = '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunter2\r\n--b--\r\n';
    const { form: kept, text } = testRedactor.request(
      comparedRequest({ headers: parts, body: Buffer.from(part) }),
    ).body;
    equal(kept, 'digest');
    doesNotMatch(text, /hunter2/);
    const bytes = testRedactor.answer(answer('', { body: Buffer.from([0xff, 1, 2]) })).body;
    deepEqual([bytes.form, bytes.size], ['digest', 3]);
    const long = createRedactor({ key: TEST_KEY, mostBody: 100 }).answer(answer(['a'.repeat(500)])).body;
    deepEqual([long.text.length, long.cut], [100, true]);
    equal(testRedactor.answer(answer('')).body.form, 'empty');
  });

  it('keeps to whom an event went', () => {
    const event = { event: 'e', room: null, payload: {} };
    const { events } = testRedactor.effects({ rows: [], calls: [], events: [{ ...event, toSender: true }, event] });
    deepEqual(events, [{ ...event, toSender: true }, event]);
  });

  it('takes secrets out of rows and events', () => {
    const fernet = `gAAAAABo53gA${'A'.repeat(88)}==`;
    const shown = testRedactor.effects({
      rows: [
        inserted('agent_service_account', {
          agent_id: 'a',
          password_encrypted: { blob: Buffer.from(fernet).toString('base64') },
          note: { blob: Buffer.from(fernet).toString('base64') },
          picture: { blob: '/9j/' },
        }),
      ],
      events: [{ event: 'e', room: 'r', payload: { variables: [{ ansible_password: 'hunter2' }] } }],
      calls: [{ method: 'GET', url: 'https://api.github.com/x?access_token=hunter2' }],
    });
    doesNotMatch(JSON.stringify(shown), /hunter2|gAAAA|Z0FBQUF/);
    deepEqual(shown.rows[0]?.after?.picture, { blob: '/9j/' });
    equal(shown.rows[0]?.after?.agent_id, 'a');
  });

  it('takes passwords of playbooks and scripts out, by whatever name they are given', () => {
    const secrets = [
      'root-pw-1',
      'root-pw-2',
      'tiger-7',
      'Sommer2026!',
      'plain-value-8',
      'sealed-9',
      'typed-10',
      'env-11',
    ];
    const [become, ssh, db, admin, value, fallback, typed, environment] = secrets;
    const told = {
      variable_values: { ansible_become_pass: become, nested: { note: value } },
      ansible_ssh_pass: ssh,
      ...{ db_pass: db, admin_pass: admin, admin_user: 'adm', compass: 'north' },
      variables: [
        { name: 'API', type: 'credential', value: typed, default: fallback, label: 'the key' },
        { name: 'db_password', type: 'string', value: typed },
        { name: 'PORT', type: 'string', value: 'port-80' },
      ],
      environment: { API: environment },
    };
    const body = { headers: [['content-type', 'application/json']], body: JSON.stringify(told) } as const;
    const shown = [
      JSON.stringify(testRedactor.json(told)),
      testRedactor.request(comparedRequest({ ...body, body: Buffer.from(body.body) })).body.text,
      JSON.stringify(
        testRedactor.effects({ rows: [], calls: [], events: [{ event: 'quick_job_run', room: null, payload: told }] }),
      ),
      testRedactor.text(`ok: ansible_become_pass=${become}, db_pass: ${db}`),
    ];
    for (const text of shown) for (const secret of secrets) equal(text.includes(secret), false, `${secret} in ${text}`);
    for (const plain of ['adm', 'north', 'port-80', 'the key']) equal(shown[0]?.includes(`"${plain}"`), true, plain);
  });
});
