/** What the default admin calls, at whatever server it is pointed at. */
import { type Dispatcher, request } from 'undici';
import type { SampleLegacy } from './sample-legacy.js';

/** The sample legacy itself is one of these. */
export type OperatorCalls = Pick<SampleLegacy, 'call' | 'adminToken'>;

/** Without TLS. Signs in anew for each token. */
export function operatorAt(base: string): OperatorCalls {
  const call = async (method: Dispatcher.HttpMethod, path: string, json?: unknown, token?: string) => {
    const answer = await request(new URL(path, base), {
      method,
      headers: {
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const text = await answer.body.text();
    const isJson = String(answer.headers['content-type']).startsWith('application/json');
    return { status: answer.statusCode, body: isJson ? (JSON.parse(text) as unknown) : text };
  };
  return {
    call,
    async adminToken() {
      const { status, body } = await call('POST', '/api/auth/login', { username: 'admin', password: 'Password' });
      const { token } = body as { token?: unknown };
      if (typeof token !== 'string') throw new Error(`the default admin was refused: ${status}`);
      return token;
    },
  };
}
