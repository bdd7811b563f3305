/** A legacy's Socket.IO for relays, packet by packet: keeps what it hears, and says what it is told to. */
import { once } from 'node:events';
import { createServer, type Server as HttpServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Server, type Socket as Session } from 'engine.io';
import type { Pair } from './certificates.js';

export class StubLegacySockets {
  readonly url: string;
  /** Texts of all sessions, in order. */
  readonly heard: string[] = [];
  /** Handshakes, in order. */
  readonly requests: IncomingMessage[] = [];
  /** What a session is answered to its `40`. */
  joining = '0{"sid":"relay"}';
  /** Called for each event; what it gives is sent, packet by packet. */
  answer: (text: string) => readonly (string | Buffer)[] = () => [];
  readonly #http: HttpServer;
  readonly #server = new Server({ pingInterval: 60_000 });
  readonly #sessions = new Set<Session>();
  readonly #waiting = new Set<() => void>();

  private constructor(http: HttpServer) {
    this.#http = http;
    const scheme = 'setSecureContext' in http ? 'https' : 'http';
    this.url = `${scheme}://127.0.0.1:${(http.address() as AddressInfo).port}`;
    this.#server.attach(http, { path: '/socket.io' });
    this.#server.on('connection', (session: Session) => this.#opened(session));
  }

  /** @param port default: any free one. @param tls default: none */
  static async start(port = 0, tls?: Pick<Pair, 'certificate' | 'key'>): Promise<StubLegacySockets> {
    const http = tls === undefined ? createServer() : createTlsServer({ cert: tls.certificate, key: tls.key });
    http.listen(port, '127.0.0.1');
    await once(http, 'listening');
    return new StubLegacySockets(http);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** To all sessions. */
  send(...packets: readonly (string | Buffer)[]): void {
    for (const session of this.#sessions) for (const packet of packets) session.send(packet);
  }

  /** Ends all sessions at the transport. */
  cut(): void {
    for (const session of this.#sessions) session.close(true);
  }

  /** Resolves once that many texts which fit were heard. */
  async until(fits: (text: string) => boolean, count = 1): Promise<readonly string[]> {
    for (;;) {
      const found = this.heard.filter(fits);
      if (found.length >= count) return found;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.close();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #opened(session: Session): void {
    this.#sessions.add(session);
    this.requests.push(session.request);
    session.once('close', () => this.#sessions.delete(session));
    session.on('message', (data: unknown) => {
      const text = String(data);
      if (text.startsWith('0')) session.send(this.joining);
      else for (const packet of this.answer(text)) session.send(packet);
      this.heard.push(text);
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
    });
  }
}
