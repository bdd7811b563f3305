/** What a fleet sends its requests through: keeps of each what it was and how it was answered. */
import { request } from 'undici';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';

export interface Sent {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed JSON, or nothing. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface SendOptions {
  /** JSON as text, byte for byte; anything else is made JSON of. Default: no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the engine answers it otherwise than the legacy, and is meant to. Default: no. */
  readonly isOdd?: boolean;
}

/** A request that was answered. */
export interface Exchange {
  readonly method: Method;
  /** As sent, with its query. */
  readonly target: string;
  readonly status: number;
  readonly isOdd: boolean;
}

export class Wire {
  readonly base: string;
  readonly #exchanges: Exchange[] = [];

  constructor(base: string) {
    this.base = base;
  }

  get exchanges(): readonly Exchange[] {
    return this.#exchanges;
  }

  /** Of a request that was sent by other means. */
  note(exchange: Exchange): void {
    this.#exchanges.push(exchange);
  }

  async send(method: Method, target: string, { body, headers = {}, isOdd = false }: SendOptions = {}): Promise<Sent> {
    const answer = await request(`${this.base}${target}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    const isPart = answer.statusCode === 206;
    const isJson = String(answer.headers['content-type']).startsWith('application/json') && text !== '' && !isPart;
    this.note({ method, target, status: answer.statusCode, isOdd });
    return { status: answer.statusCode, headers: answer.headers, body: isJson ? JSON.parse(text) : {} };
  }
}

/** `name=value` of each cookie that is set; an emptied one is left out. */
export function cookiesOf({ headers }: Sent): Map<string, string> {
  const lines = [headers['set-cookie'] ?? []].flat();
  const pairs = lines.map((line) => line.split(';', 1)[0] ?? '').map((pair) => pair.split('=', 2));
  return new Map(pairs.map(([name = '', value = '']) => [name, value]));
}
