/** Cross-origin headers in the legacy's manner, on every answer of the application (assemblies-and-runs 12). */
import type { IncomingHttpHeaders } from 'node:http';

/** Methods that a preflight is told, whatever the route has. */
const METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/**
 * @param origins allowed origins; `*` alone means any
 * @returns headers to add; `vary` is a value to append
 */
export function corsHeaders(
  method: string,
  headers: IncomingHttpHeaders,
  origins: readonly string[],
): Readonly<Record<string, string>> {
  const allowed = allowedOrigin(headers.origin, origins);
  if (allowed === undefined) return {};
  return {
    'access-control-allow-origin': allowed,
    'access-control-allow-credentials': 'true',
    ...(varies(headers.origin, origins) ? { vary: 'Origin' } : {}),
    ...(method === 'OPTIONS' ? preflightHeaders(headers) : {}),
  };
}

function allowedOrigin(origin: string | undefined, origins: readonly string[]): string | undefined {
  const any = origins[0] === '*';
  if (origin === undefined || origin === '') return any ? undefined : [...origins].sort()[0];
  if (any) return origin;
  const asked = origin.toLowerCase();
  return origins.some((listed) => listed.toLowerCase() === asked) ? origin : undefined;
}

/** The legacy's library sees no variation where a single origin is listed. */
function varies(origin: string | undefined, origins: readonly string[]): boolean {
  return origins[0] === '*' ? origin !== '*' : origins.length > 1;
}

function preflightHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const method = headers['access-control-request-method'];
  if (method === undefined || !METHODS.includes(method.toUpperCase())) return {};
  const names = (headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .sort();
  return {
    'access-control-allow-methods': METHODS.join(', '),
    ...(names.length > 0 ? { 'access-control-allow-headers': names.join(', ') } : {}),
  };
}
