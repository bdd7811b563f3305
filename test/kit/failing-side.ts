/** A side that answers each request with 200, or with 500 as often as told. */
import { json, startUpstream, type Upstream } from './upstream.js';

export interface FailingSide extends Upstream {
  /** Share of requests that are answered with 500, 0 to 1; spread evenly. */
  share: number;
}

export async function startFailingSide(name: string, share = 0): Promise<FailingSide> {
  let owed = 0;
  const upstream = await startUpstream((_request, socket) => {
    owed += side.share;
    const fails = owed >= 1;
    if (fails) owed -= 1;
    socket.write(json({ from: name }, fails ? '500 Internal Server Error' : '200 OK'));
  });
  const side: FailingSide = Object.assign(upstream, { share });
  return side;
}
