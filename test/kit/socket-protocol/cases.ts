/**
 * The behaviours of Engine.IO v4 (https://github.com/socketio/engine.io-protocol) and Socket.IO v5
 * (https://github.com/socketio/socket.io-protocol) that clients can see, one case each. A case talks to a server and notes what it saw;
 * what stands behind `must` is what the protocols, or the legacy's library, promise of it.
 */
import { randomUUID } from 'node:crypto';
import { FrameClient } from './frame-client.js';
import { PollingClient, poll } from './polling-client.js';
import type { Transcript } from './transcript.js';

export interface ProtocolCase {
  readonly name: string;
  /** Lines that must be among those noted. */
  readonly must: readonly (string | RegExp)[];
  readonly run: (url: string, seen: Transcript) => Promise<void>;
}

/** Headers that clients look at. */
const SHOWN = [
  'content-type',
  'content-encoding',
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'set-cookie',
] as const;

async function asked(url: string, seen: Transcript, what: string, request: Parameters<typeof poll>[1]): Promise<void> {
  const { status, headers, body } = await poll(url, request);
  if (body.startsWith('0{')) seen.opening(body, `${what}: ${status}`);
  else if (/^ok$/i.test(body)) {
    seen.note(`${what}: ${status} taken`);
    return;
  } else seen.note(`${what}:`, `${status} ${body}`);
  for (const name of SHOWN) if (headers[name] !== undefined) seen.note(`${what}: ${name}`, String(headers[name]));
}

/** The server greets each client, before or after it is told that it has joined. */
function isNoWelcome(frame: string): boolean {
  return !frame.startsWith('42["welcome"');
}

/** Sends frames to a joined client, and notes whether it lives. */
function survives(name: string, ...frames: readonly (string | Buffer)[]): ProtocolCase {
  return {
    name: `${name}: the connection survives`,
    must: ['alive'],
    run: async (url, seen) => {
      const client = await FrameClient.join(url);
      client.send(...frames);
      seen.note(await client.pulse());
      client.end();
    },
  };
}

/** Sends frames to a joined client, and notes the next ones. */
function answered(
  name: string,
  frames: readonly (string | Buffer)[],
  must: readonly (string | RegExp)[],
  count = must.length,
): ProtocolCase {
  return {
    name,
    must,
    run: async (url, seen) => {
      const client = await FrameClient.join(url);
      client.send(...frames);
      for (let index = 0; index < count; index += 1) seen.note(await client.next(isNoWelcome));
      seen.note(await client.pulse());
      client.end();
    },
  };
}

const handshakes: readonly ProtocolCase[] = [
  {
    name: 'handshake by polling',
    must: [
      'opened: 200 {"sid":"<1>","upgrades":["websocket"],"pingInterval":1000,"pingTimeout":4000}',
      'opened: content-type text/plain; charset=UTF-8',
    ],
    run: async (url, seen) => asked(url, seen, 'opened', { headers: { origin: 'http://elsewhere.example' } }),
  },
  {
    name: 'handshake by WebSocket',
    must: ['open {"sid":"<1>","upgrades":[],"pingInterval":1000,"pingTimeout":4000}'],
    run: async (url, seen) => {
      const client = await FrameClient.open(url);
      seen.opening(await client.next());
      client.end();
    },
  },
  {
    name: 'refused: other versions, unknown transports and sessions, other methods',
    must: [/^no version: 400/, /^version 3: 400/, /^unknown transport: 400/, /^unknown session: 400/, /^put: 405/],
    run: async (url, seen) => {
      await asked(url, seen, 'no version', { query: 'transport=polling' });
      await asked(url, seen, 'version 3', { query: 'EIO=3&transport=polling' });
      await asked(url, seen, 'unknown transport', { query: 'EIO=4&transport=pigeon' });
      await asked(url, seen, 'no upgrade', { query: 'EIO=4&transport=websocket' });
      await asked(url, seen, 'unknown session', { query: 'EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA' });
      await asked(url, seen, 'post to none', { method: 'POST', body: '40' });
      const query = 'EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA';
      await asked(url, seen, 'post to unknown', { method: 'POST', body: '40', query });
      await asked(url, seen, 'put', { method: 'PUT', body: '40' });
    },
  },
  {
    name: 'preflight',
    must: [/^preflight: 200/],
    run: async (url, seen) =>
      asked(url, seen, 'preflight', {
        method: 'OPTIONS',
        headers: {
          origin: 'http://elsewhere.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type',
        },
      }),
  },
];

const transports: readonly ProtocolCase[] = [
  {
    name: 'several packets in one polling body',
    must: ['sent 200', '431[1]', '432[2]'],
    run: async (url, seen) => {
      const client = await PollingClient.join(url);
      const { status } = await client.send('421["echo",1]', '422["echo",2]');
      seen.note(`sent ${status}`);
      for (const id of ['431', '432']) seen.note(await client.packet((packet) => packet.startsWith(id)));
    },
  },
  {
    name: 'upgrade, with what was sent before it, and a noop to the poll under way',
    must: ['3probe', 'poll 6', '431["before"]', '432["after"]'],
    run: async (url, seen) => {
      const polling = await PollingClient.join(url);
      await polling.send('421["echo","before"]');
      seen.note(await polling.packet((packet) => packet.startsWith('431')));
      const client = await FrameClient.open(url, `EIO=4&transport=websocket&sid=${polling.sid}`);
      client.send('2probe');
      seen.note(await client.next());
      const waiting = polling.receive();
      // The poll has to be under way for its noop: the server answers it when it hears of the upgrade.
      await new Promise((resolve) => setTimeout(resolve, 100));
      client.send('5');
      seen.note('poll', (await waiting).packets.filter((packet) => packet !== '').join(' '));
      client.send('422["echo","after"]');
      seen.note(await client.next((frame) => frame.startsWith('432')));
      client.end();
    },
  },
  {
    name: 'a probe that is given up leaves the polling session alive',
    must: ['431[1]'],
    run: async (url, seen) => {
      const polling = await PollingClient.join(url);
      const client = await FrameClient.open(url, `EIO=4&transport=websocket&sid=${polling.sid}`);
      client.send('2probe');
      await client.next();
      client.end();
      await client.closed;
      await polling.send('421["echo",1]');
      seen.note(await polling.packet((packet) => packet.startsWith('431')));
    },
  },
  {
    name: 'long polling answers are compressed when that is asked for, short ones are not',
    must: ['long gzip', 'short none'],
    run: async (url, seen) => {
      const client = await PollingClient.join(url);
      for (const [what, length] of [
        ['short', 10],
        ['long', 5000],
      ] as const) {
        await client.send(`421["echo","${'x'.repeat(length)}"]`);
        let answer = await client.receive({ 'accept-encoding': 'gzip' });
        while (!answer.body.includes('xxx')) answer = await client.receive({ 'accept-encoding': 'gzip' });
        seen.note(what, answer.headers['content-encoding'] ?? 'none');
      }
    },
  },
  {
    name: 'the server pings, and keeps who answers',
    must: ['2', 'alive'],
    run: async (url, seen) => {
      const client = await FrameClient.join(url);
      client.pongs = false;
      seen.note(await client.next((frame) => frame === '2'));
      client.send('3');
      client.pongs = true;
      seen.note(await client.pulse());
      client.end();
    },
  },
  {
    name: 'who answers no ping is cut off, by no packet',
    must: ['closed'],
    run: async (url, seen) => {
      const client = await FrameClient.join(url);
      client.pongs = false;
      // Any packet but pings would be noted here.
      seen.note(await client.next((frame) => frame !== '2' && isNoWelcome(frame)));
    },
  },
  {
    name: 'a client that closes its session is heard',
    must: [/^closed/],
    run: async (url, seen) => {
      const client = await FrameClient.join(url);
      client.send('1');
      seen.note(await client.next(isNoWelcome));
    },
  },
];

const namespaces: readonly ProtocolCase[] = [
  {
    name: 'joining: with and without data, once more, and another namespace',
    must: [/^40\{"sid":"<\d>"\}$/, /^44\/other,/],
    run: async (url, seen) => {
      for (const packet of ['40', '40{}', '40{"token":"x"}']) {
        const client = await FrameClient.open(url);
        seen.opening(await client.next());
        client.send(packet);
        seen.note(await client.next(isNoWelcome));
        client.send('40/other,{}');
        seen.note(await client.next((frame) => frame.startsWith('44')));
        seen.note(await client.pulse());
        client.end();
      }
    },
  },
  {
    name: 'leaving and joining again: events between are dropped',
    must: [/^40\{"sid":"<\d>"\}$/, 'alive'],
    run: async (url, seen) => {
      const client = await FrameClient.join(url);
      client.send('41', '421["echo","lost"]', '40');
      seen.note(await client.next((frame) => frame.startsWith('40') || frame.startsWith('43')));
      seen.note(await client.pulse());
      client.end();
    },
  },
  {
    name: 'events before joining are dropped',
    must: [/^40\{/, 'alive'],
    run: async (url, seen) => {
      const client = await FrameClient.open(url);
      await client.next();
      client.send('421["echo","lost"]', '40');
      seen.note(await client.next(isNoWelcome));
      seen.note(await client.pulse());
      client.end();
    },
  },
];

const events: readonly ProtocolCase[] = [
  answered(
    'acknowledgements carry their number, however large',
    ['420["echo",0]', '42987654321["echo",1]'],
    ['430[0]', '43987654321[1]'],
  ),
  answered('an acknowledgement of the client reaches who asked', ['42["ask",{"a":1}]'], [/^42\d+\["question",/], 1),
  {
    name: 'the client acknowledges, and the server hears with what',
    must: ['42["answered",["yes",2]]'],
    run: async (url, seen) => {
      const client = await FrameClient.join(url);
      client.send('42["ask","really"]');
      const question = await client.next((frame) => frame.includes('"question"'));
      client.send(`43${/^42(\d+)/.exec(question)?.[1]}["yes",2]`);
      seen.note(await client.next((frame) => frame.includes('"answered"')));
      client.end();
    },
  },
  answered('text of every script', ['421["echo","\u2028 Grüße \u{1F600} \\ud800"]'], [/^431\[/]),
  answered(
    'numbers that few languages keep',
    ['421["echo",[12345678901234567890,1.0,1e3,-0.0,0.1]]'],
    ['431[[12345678901234567890,1.0,1000.0,-0.0,0.1]]'],
  ),
  {
    name: 'order is kept within a connection',
    must: [Array.from({ length: 200 }, (_, index) => index).join()],
    run: async (url, seen) => {
      const client = await FrameClient.join(url);
      for (let index = 0; index < 200; index += 1) client.send(`42${index}["echo",${index}]`);
      const order: string[] = [];
      while (order.length < 200)
        order.push((await client.next((frame) => /^43\d+\[/.test(frame))).replace(/^43\d+\[|\]$/g, ''));
      seen.note(order.join());
      client.end();
    },
  },
  {
    name: 'what is sent to all reaches every transport once',
    must: ['websocket 42["shout","hello"]', 'polling 42["shout","hello"]'],
    run: async (url, seen) => {
      const [client, polling] = [await FrameClient.join(url), await PollingClient.join(url)];
      // Others may shout at the same server meanwhile.
      const own = randomUUID();
      client.send(`42["shout","hello ${own}"]`, `42["shout","bye ${own}"]`);
      const isOwn = (packet: string): boolean => packet.startsWith('42["shout"') && packet.includes(own);
      for (let times = 0; times < 2; times += 1) {
        seen.note('websocket', (await client.next(isOwn)).replace(` ${own}`, ''));
        seen.note('polling', (await polling.packet(isOwn)).replace(` ${own}`, ''));
      }
      client.end();
    },
  },
];

const [FIRST, SECOND] = [Buffer.from([1, 2, 255]), Buffer.from('zwei')];
const placeholder = (number: number): string => `{"_placeholder":true,"num":${number}}`;

const binaries: readonly ProtocolCase[] = [
  answered(
    'binary parts, at any depth, there and back',
    [`452-1["echo",{"a":${placeholder(0)},"b":[${placeholder(1)}]}]`, FIRST, SECOND],
    [/^462-1\[/, '<binary 0102ff>', '<binary 7a776569>'],
  ),
  {
    name: 'binary parts by polling',
    must: [/^461-1\[/, `b${FIRST.toString('base64')}`],
    run: async (url, seen) => {
      const client = await PollingClient.join(url);
      await client.send(`451-1["echo",${placeholder(0)}]`, `b${FIRST.toString('base64')}`);
      seen.note(await client.packet((packet) => packet.startsWith('461')));
      seen.note(await client.packet((packet) => packet.startsWith('b')));
    },
  },
];

const invalid: readonly ProtocolCase[] = [
  survives('JSON that is none', '42["echo"'),
  survives('an event without a name', '42[]'),
  survives('an event that is no list', '42{"a":1}'),
  survives('an event named by a number', '42[1]'),
  survives('an acknowledgement that nobody waits for', '43999[]'),
  survives('an event that nobody handles', '42["nobody",1]'),
  survives('an event without its argument', '42["echo"]'),
  survives('an event with too many arguments', '42["echo",1,2,3]'),
  survives('an event of another namespace', '42/other,["echo",1]'),
  survives('a pong out of turn', '3'),
];

/** One connection each: what such a frame does to it. */
function malformed(name: string, frame: string, must: string | RegExp): ProtocolCase {
  return {
    name: `a frame that is no packet: ${name}`,
    must: [must],
    run: async (url, seen) => {
      const client = await FrameClient.join(url);
      client.send(frame);
      seen.note(await client.pulse());
      client.end();
    },
  };
}

/** The library's own limit: characters of a text, bytes of a body. */
const MOST = 1_000_000;
const echoOf = (length: number): string => {
  const around = '421["echo",""]'.length;
  return `421["echo","${'x'.repeat(length - around)}"]`;
};

const limits: readonly ProtocolCase[] = [
  malformed('of an unknown type', '9', 'alive'),
  malformed('of no type', 'x', /^/),
  malformed('empty', '', /^/),
  {
    name: 'a polling body that is no packet',
    must: [/^body: /],
    run: async (url, seen) => {
      const client = await PollingClient.join(url);
      await asked(url, seen, 'body', { method: 'POST', query: client.query, body: 'x' });
      await asked(url, seen, 'afterwards', { method: 'POST', query: client.query, body: '3' });
    },
  },
  {
    name: 'the largest message that is taken, and one that is larger',
    must: ['taken 431', 'closed'],
    run: async (url, seen) => {
      const client = await FrameClient.join(url);
      client.send(echoOf(MOST));
      seen.note('taken', (await client.next((frame) => frame.startsWith('431'))).slice(0, 3));
      client.send(echoOf(MOST + 1));
      seen.note(await client.next(isNoWelcome));
    },
  },
  {
    name: 'the largest polling body that is taken',
    must: ['taken: 200 taken'],
    run: async (url, seen) => {
      const client = await PollingClient.join(url);
      await asked(url, seen, 'taken', { method: 'POST', query: client.query, body: echoOf(MOST) });
      await client.packet((packet) => packet.startsWith('431'));
    },
  },
];

export const PROTOCOL_CASES: readonly ProtocolCase[] = [
  ...handshakes,
  ...transports,
  ...namespaces,
  ...events,
  ...binaries,
  ...invalid,
  ...limits,
];
