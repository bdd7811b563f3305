/** Starts the real Flask-SocketIO server and the real python-socketio client of this folder, one process each. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PYTHON = fileURLToPath(new URL('../../scripts/python', import.meta.url));
const SERVER = fileURLToPath(new URL('./flask-socketio-server.py', import.meta.url));
const AGENT = fileURLToPath(new URL('./flask-socketio-agent.py', import.meta.url));

export interface FlaskSocketioOptions {
  /** Told to clients in `welcome`. Default `legacy`. */
  readonly name?: string;
  /** `null`: the library's own same-origin check. Default `*`, as the legacy. */
  readonly cors?: '*' | null;
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Interval and timeout in seconds. */
  readonly ping?: readonly [number, number];
  readonly port?: number;
}

export interface FlaskSocketio {
  readonly port: number;
  readonly url: string;
  /** SIGKILL: no goodbye on any connection. */
  kill(): Promise<void>;
}

export async function startFlaskSocketio(options: FlaskSocketioOptions = {}): Promise<FlaskSocketio> {
  const child = spawn(PYTHON, [SERVER, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { port } = JSON.parse(line) as { port: number };
  const scheme = options.tls === undefined ? 'http' : 'https';
  return { port, url: `${scheme}://127.0.0.1:${port}`, kill: () => end(child, 'SIGKILL') };
}

/** One line that the agent printed. */
export interface AgentEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface PythonAgent {
  readonly events: readonly AgentEvent[];
  /** The first event of this name, past or future; `nth` counts from 1. */
  seen(event: string, nth?: number): Promise<AgentEvent>;
  /** Sends an event and waits for its acknowledgement. */
  call(event: string, payload: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

export interface PythonAgentOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Root certificate to trust; goes into the environment, since this client looks at nothing else. */
  readonly caFile?: string;
  /** Default 5, as agents in the field. */
  readonly reconnectionDelay?: number;
  readonly transports?: readonly ('websocket' | 'polling')[];
}

/** The library and transport that agents use: python-socketio over aiohttp, websocket only unless told otherwise. */
export function startPythonAgent(url: string, options: PythonAgentOptions = {}): PythonAgent {
  const { caFile, ...rest } = options;
  const child = spawn(PYTHON, [AGENT, JSON.stringify({ url, ...rest })], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...(caFile === undefined ? {} : { SSL_CERT_FILE: caFile }) },
  });
  return new AgentProcess(child, createInterface(child.stdout as NodeJS.ReadableStream));
}

class AgentProcess implements PythonAgent {
  readonly events: AgentEvent[] = [];
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  #calls = 0;

  constructor(child: ChildProcess, lines: Interface) {
    this.#child = child;
    this.#lines = lines;
    lines.setMaxListeners(0);
    child.setMaxListeners(0);
    lines.on('line', (line) => this.events.push(JSON.parse(line) as AgentEvent));
  }

  async seen(event: string, nth = 1): Promise<AgentEvent> {
    return this.#find((entry) => entry.event === event, nth);
  }

  async call(event: string, payload: unknown): Promise<unknown> {
    this.#calls += 1;
    const id = this.#calls;
    this.#child.stdin?.write(`${JSON.stringify({ id, event, payload })}\n`);
    const answer = await this.#find((entry) => entry.event === 'answer' && entry.id === id, 1);
    if (answer.failed !== undefined) throw new Error(`${event} was not acknowledged: ${String(answer.failed)}`);
    return answer.payload;
  }

  async #find(matches: (entry: AgentEvent) => boolean, nth: number): Promise<AgentEvent> {
    for (;;) {
      const found = this.events.filter(matches)[nth - 1];
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null) throw new Error('the agent has ended');
      await Promise.race([once(this.#lines, 'line'), once(this.#child, 'exit')]);
    }
  }

  stop(): Promise<void> {
    return end(this.#child, 'SIGKILL');
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
