/** Names under which secrets stand: of headers, JSON fields, columns, query parameters. */

/** Compared without case, dashes, underscores. */
const NAMES = [
  'apikey',
  'authorization',
  'clientnonce',
  'code',
  'cookie',
  'dpop',
  'enrollmentcode',
  'environment',
  'installcode',
  'jti',
  'mfacode',
  'nonce',
  'otp',
  'otpauthurl',
  'pendingtoken',
  'pin',
  'privatekey',
  'proof',
  'proofsig',
  'proxyauthorization',
  'psk',
  'qrimage',
  'session',
  'sessionid',
  'setcookie',
  'sid',
  'signature',
  'totp',
  'variablevalues',
];
/** Whatever stands before or, for the first, around them: `become_password`, `password_sha512`, `X-Auth-Token`. */
const PARTS =
  /passw(?:or)?d|passphrase|(?:(?<!by|com)pass|pwd|passcode|secrets?|tokens?|privatekey|privatekeypem|apikeys?|nonce|cookies?|encrypted|tokenhash|(?:secret|access|recovery|(?:pre)?shared|encryption)key)$/;

export type SecretNames = (name: string) => boolean;

/** @param more names besides the usual ones */
export function secretNames(more: readonly string[] = []): SecretNames {
  const names = new Set([...NAMES, ...more.map(bare)]);
  // Redaction asks about the same few names over and over.
  const known = new Map<string, boolean>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const own = bare(name);
    const secret = names.has(own) || PARTS.test(own);
    // A copy: the name is a piece of a body, all of which would be kept with it.
    if (known.size < MOST_REMEMBERED && name.length <= LONGEST_REMEMBERED)
      known.set(Buffer.from(name).toString(), secret);
    return secret;
  };
}

const MOST_REMEMBERED = 4096;
const LONGEST_REMEMBERED = 64;

function bare(name: string): string {
  return name.toLowerCase().replace(/[-_.\s]/g, '');
}
