/** Reads one webhook of the settings: `URL`, or `URL TOKEN-FILE`. Pure. */

export interface WebhookTarget {
  /** Place among the webhooks, from 1: its name in metrics and log. Its URL may hold a secret and is never shown. */
  readonly number: number;
  readonly url: string;
  /** Scheme, host and port: what may be shown. */
  readonly origin: string;
  /** File with a bearer token; undefined for none. */
  readonly tokenFile: string | undefined;
}

/** @returns what is wrong, as what was expected, for an entry that is none */
export function readWebhook(entry: string, number: number): WebhookTarget | string {
  const [written = '', ...rest] = entry.trim().split(/\s+/);
  const tokenFile = rest.length === 0 ? undefined : rest.join(' ');
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    return 'expected an http:// or https:// address, and after a blank the file of a bearer token if there is one';
  if (url.username !== '' || url.password !== '')
    return 'expected no user or password in the address: use a token file';
  if (tokenFile !== undefined && url.protocol === 'http:' && !isLoopback(url.hostname))
    return 'expected https, since the token would cross the network in the clear';
  url.hash = '';
  return { number, url: url.href, origin: url.origin, tokenFile };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
