/** Requests that the facade refuses by itself, before a row is looked for. One table; the code is the metric label. */

/** What is known of one kind of refusal. */
export interface RefusalKind {
  readonly status: number;
  /** Public sentence: what was expected. */
  readonly reason: string;
  /** The connection is closed after the answer, because the next request on it could not be told apart. */
  readonly close: boolean;
}

export const REFUSALS = {
  request_line_invalid: { status: 400, reason: 'The request line or a header is not valid HTTP/1.', close: true },
  framing_ambiguous: {
    status: 400,
    reason: 'The length of the body must be given once, by Content-Length or by Transfer-Encoding: chunked.',
    close: true,
  },
  body_invalid: { status: 400, reason: 'The chunked body is not valid HTTP/1.', close: true },
  head_too_large: { status: 431, reason: 'The request line and headers are too large.', close: true },
  head_timeout: { status: 408, reason: 'The request line and headers did not arrive in time.', close: true },
  host_missing: { status: 400, reason: 'An HTTP/1.1 request must name its Host.', close: true },
  host_duplicate: { status: 400, reason: 'A request must name its Host once.', close: true },
  host_mismatch: { status: 400, reason: 'Host must repeat the authority of the request target.', close: true },
  target_invalid: { status: 400, reason: 'The request target must be a path, or an http or https URL.', close: true },
  path_ambiguous: { status: 400, reason: 'The path can be read in more than one way.', close: false },
  method_refused: { status: 501, reason: 'CONNECT and TRACE are not served.', close: true },
  expectation_failed: { status: 417, reason: 'Expect may only be 100-continue.', close: true },
  upgrade_with_body: { status: 426, reason: 'A request that asks for an upgrade must not have a body.', close: true },
  version_unsupported: { status: 505, reason: 'Only HTTP/1.0 and HTTP/1.1 are served.', close: true },
  stopping: { status: 503, reason: 'The facade is stopping.', close: true },
  facade_fault: { status: 500, reason: 'The facade failed to handle the request.', close: true },
} as const satisfies Record<string, RefusalKind>;

export type RefusalCode = keyof typeof REFUSALS;

/** Names what Node's parser reports; undefined when the connection broke and nobody can be answered. */
export function parserRefusal(code: string | undefined): RefusalCode | undefined {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'head_too_large';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'head_timeout';
    case 'HPE_UNEXPECTED_CONTENT_LENGTH':
    case 'HPE_INVALID_CONTENT_LENGTH':
    case 'HPE_INVALID_TRANSFER_ENCODING':
      return 'framing_ambiguous';
    case 'HPE_INVALID_CHUNK_SIZE':
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
    case 'HPE_STRICT':
      return 'body_invalid';
    default:
      return code?.startsWith('HPE_') === true && code !== 'HPE_INVALID_EOF_STATE' ? 'request_line_invalid' : undefined;
  }
}
