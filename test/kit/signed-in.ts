/** A browser that is signed in, as a proxy: adds a cookie to every request that shows no proof of its own. */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SignedIn {
  readonly url: string;
  close(): Promise<void>;
}

export async function signedIn(base: string, cookie: string): Promise<SignedIn> {
  const { hostname, port } = new URL(base);
  const server = createServer((req, res) => {
    const shown = req.headers.cookie !== undefined || req.headers.authorization !== undefined;
    const headers = shown ? req.rawHeaders : [...req.rawHeaders, 'Cookie', cookie];
    const onward = request({ hostname, port, method: req.method, path: req.url, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(res);
    });
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
