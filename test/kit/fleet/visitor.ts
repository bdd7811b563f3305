/** Whoever asks without showing who he is: browsers that load the application, monitoring, and scanners. */
import { Deck, type SeededRandom } from '../seeded-random.js';
import type { Method, Sent, Wire } from './wire.js';

const PATHS = [
  ...['/', '/', '/index.html', '/assets/app.js', '/assets/app.css', '/assets/logo.svg', '/manifest.json', '/notes.txt'],
  ...['/devices', '/devices/', '/login?next=%2F', '/assets/none.js', '/assets/', '/LICENSE'],
  ...['/health', '/health', '/api/server/time', '/api/server/time', '/api/sites', '/api/sites?x=1'],
  ...['/api/auth/me', '/api/auth/me', '/api/none', '/api/', '/api', '/HEALTH', '/health/'],
  ...['/api/admin/enrollment-codes', '/api/admin/device-approvals', '/api/agent/heartbeat', '//health', '/%41'],
] as const;
const KNOCKS: readonly (readonly [Method, string])[] = [
  ['DELETE', '/api/admin/enrollment-codes/no-such'],
  ['POST', '/api/admin/enrollment-codes'],
  ['POST', '/api/admin/device-approvals/no-such/approve'],
  ['POST', '/api/admin/device-approvals/no-such/deny'],
  ['POST', '/api/auth/logout'],
  ['GET', '/api/auth/me'],
  ['GET', '/api/admin/device-approvals'],
  ['GET', '/api/server/time'],
  ['GET', '/api/sites'],
];
/** How a page is asked for, besides plainly. */
const WAYS = { plain: 5, again: 4, part: 2, beyond: 1, head: 1 } as const;

export class Visitor {
  readonly #wire: Wire;
  readonly #random: SeededRandom;
  readonly #paths: Deck<string>;
  readonly #knocks: Deck<readonly [Method, string]>;
  readonly #ways: Deck<keyof typeof WAYS>;
  readonly #tags = new Map<string, string>();

  constructor(wire: Wire, random: SeededRandom) {
    this.#wire = wire;
    this.#random = random;
    this.#paths = new Deck(random, PATHS);
    this.#knocks = new Deck(random, KNOCKS);
    this.#ways = Deck.of(random, WAYS);
  }

  /** One request. */
  async act(): Promise<Sent> {
    if (this.#random.chance(0.25)) return this.#knock();
    const headers: Record<string, string> = {};
    if (this.#random.chance(0.2)) headers.origin = 'https://elsewhere.example';
    if (this.#random.chance(0.3)) headers['accept-encoding'] = 'gzip, br';
    const way = this.#ways.draw();
    if (way === 'again' && this.#tags.size > 0) return this.#again(headers);
    if (way === 'part') headers.range = this.#random.pick(['bytes=0-9', 'bytes=-5', 'bytes=3-']);
    if (way === 'beyond') headers.range = 'bytes=900000-';
    const isPart = headers.range !== undefined;
    const path = isPart
      ? this.#random.pick(['/assets/app.js', '/assets/app.css', '/manifest.json'])
      : this.#paths.draw();
    const answer = await this.#wire.send(way === 'head' ? 'HEAD' : 'GET', path, { headers });
    const { etag } = answer.headers;
    if (typeof etag === 'string') this.#tags.set(path, etag);
    return answer;
  }

  #knock(): Promise<Sent> {
    const [method, path] = this.#knocks.draw();
    return this.#wire.send(method, path, method === 'GET' ? {} : { body: {} });
  }

  /** What a browser has kept. */
  #again(headers: Readonly<Record<string, string>>): Promise<Sent> {
    const root = this.#tags.get('/');
    const [path, tag] =
      root !== undefined && this.#random.chance(0.3) ? ['/', root] : this.#random.pick([...this.#tags]);
    return this.#wire.send('GET', path, { headers: { ...headers, 'if-none-match': tag } });
  }
}
