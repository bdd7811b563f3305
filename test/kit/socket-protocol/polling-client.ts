/** Engine.IO by long polling, one request at a time, without a library: what is sent is what the test says. */
import { type IncomingHttpHeaders, request } from 'node:http';
import { gunzipSync, inflateSync } from 'node:zlib';

export interface PollingAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Packets of the body, as they stand between the separators. */
  readonly packets: readonly string[];
}

export interface PollingRequest {
  readonly method?: string;
  /** Default: `EIO=4&transport=polling`, with the session behind it. */
  readonly query?: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Between the packets of one body. */
export const SEPARATOR = '\x1e';

export function poll(url: string, options: PollingRequest = {}): Promise<PollingAnswer> {
  const { method = 'GET', query = 'EIO=4&transport=polling', body, headers = {} } = options;
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/socket.io/?${query}`, { method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = decoded(Buffer.concat(chunks), answer.headers['content-encoding']);
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: text,
          packets: text.split(SEPARATOR),
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function decoded(bytes: Buffer, encoding: string | undefined): string {
  if (encoding === 'gzip') return gunzipSync(bytes).toString();
  return (encoding === 'deflate' ? inflateSync(bytes) : bytes).toString();
}

/** An open session. */
export class PollingClient {
  readonly sid: string;
  readonly #url: string;
  #kept: string[] = [];

  private constructor(url: string, sid: string) {
    this.#url = url;
    this.sid = sid;
  }

  static async open(url: string): Promise<PollingClient> {
    const { packets } = await poll(url);
    return new PollingClient(url, JSON.parse((packets[0] ?? '').slice(1)).sid);
  }

  static async join(url: string): Promise<PollingClient> {
    const client = await PollingClient.open(url);
    await client.send('40');
    await client.packet((packet) => packet.startsWith('40'));
    return client;
  }

  get query(): string {
    return `EIO=4&transport=polling&sid=${this.sid}`;
  }

  send(...packets: readonly string[]): Promise<PollingAnswer> {
    return poll(this.#url, { method: 'POST', query: this.query, body: packets.join(SEPARATOR) });
  }

  receive(headers: Readonly<Record<string, string>> = {}): Promise<PollingAnswer> {
    return poll(this.#url, { query: this.query, headers });
  }

  /** The next packet that satisfies `matches`; the others are dropped. Answers pings. */
  async packet(matches: (packet: string) => boolean): Promise<string> {
    for (;;) {
      for (let next = this.#kept.shift(); next !== undefined; next = this.#kept.shift()) {
        if (next === '2') await this.send('3');
        if (matches(next)) return next;
      }
      const answer = await this.receive();
      if (answer.status !== 200) throw new Error(`the poll was answered with ${answer.status} ${answer.body}`);
      this.#kept = [...answer.packets];
    }
  }
}
