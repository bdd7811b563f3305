/** Speaks to the admin API of a running facade. Every failure becomes a `CliError` that says what to do. */
import { Agent, request } from 'undici';
import type { AdminProblem } from '../admin/admin-error.js';
import { CliError } from './cli-error.js';

export interface AdminAddress {
  /** Such as `http://127.0.0.1:9090`. */
  readonly url: string;
  readonly token: string;
}

/** `check` may ask the legacy hundreds of times. */
const ANSWER_MS = 120_000;

export class AdminClient {
  readonly #address: AdminAddress;

  constructor(address: AdminAddress) {
    this.#address = address;
  }

  /** @throws CliError */
  async call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T> {
    const { url } = this.#address;
    const { status, isFacade, text } = await this.#send(method, path, body);
    const value = isFacade ? parsed(text) : undefined;
    if (value === undefined)
      throw new CliError('unreachable', 'not_a_facade', `What answers at ${url} is not the admin API of a facade.`, {
        hint: 'Name the address of the admin API with --admin-url (settings admin.host and admin.port).',
      });
    if (status < 300) return value as T;
    throw refused(status, value as AdminProblem, url);
  }

  /** By undici itself: the built-in fetch refuses ports that an operator may well have chosen. */
  async #send(method: 'GET' | 'POST' | 'DELETE', path: string, body: object | undefined): Promise<Answer> {
    const { url, token } = this.#address;
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const signal = AbortSignal.timeout(ANSWER_MS);
    const dispatcher = new Agent({ pipelining: 0, headersTimeout: ANSWER_MS, bodyTimeout: ANSWER_MS });
    try {
      const answer = await request(url + path, { method, headers, signal, dispatcher, ...sent });
      const isFacade = answer.headers['x-request-id'] !== undefined;
      return { status: answer.statusCode, isFacade, text: await answer.body.text() };
    } catch (cause) {
      throw new CliError('unreachable', 'facade_unreachable', `No facade answers at ${url} (${causeOf(cause)}).`, {
        hint: 'Is it running? Start it with "facade start", or name its address with --admin-url.',
        cause,
      });
    } finally {
      await dispatcher.destroy();
    }
  }
}

interface Answer {
  readonly status: number;
  readonly isFacade: boolean;
  readonly text: string;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Told by the caller: what answers there is no facade.
  }
}

function refused(status: number, { error, reason, problems = [], requestId }: AdminProblem, url: string): CliError {
  if (status === 401)
    return new CliError('unauthorized', error, `The facade at ${url} does not take this token.`, {
      hint: 'Is this its state directory? Name the right one in the settings, or its admin.token with --token-file.',
    });
  if (status >= 500)
    return new CliError('failed', error, reason, { problems, hint: `Its log tells more under ${requestId}.` });
  return new CliError('refused', error, reason, { problems, hint: HINTS[error] ?? '' });
}

/** What to do about refusals that don't say it themselves. */
const HINTS: Readonly<Record<string, string>> = {
  unknown_target: 'See the ids with "facade routes".',
  unknown_job: 'See the ids with "facade jobs".',
  row_unknown: 'See the ids with "facade routes".',
  unknown_version: 'See the versions with "facade audit".',
  version_unknown: 'See the versions with "facade audit".',
  held_down: 'See what happened with "facade guard". Release it with "facade guard release", or flip with --force.',
  hold_unknown: 'See what is held with "facade guard".',
  percent_required: 'Give the share with --percent, such as --percent 5.',
  table_rejected: 'See what is wrong with "facade check", and mend the file.',
  drain_running: 'End it with "facade sockets cancel-drain".',
};

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
