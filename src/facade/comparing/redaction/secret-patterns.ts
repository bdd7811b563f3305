/**
 * Secrets that are known by their form, wherever they stand. The first pattern that fits names the kind. Texts are a client's, and
 * long: no pattern may look over the same run again and again from each of its characters, so that beginnings are bounded.
 */

export interface SecretPattern {
  readonly kind: string;
  /** Global. A group named `secret` is what is taken out; without one, all that matches. */
  readonly pattern: RegExp;
}

export const SECRET_PATTERNS: readonly SecretPattern[] = Object.freeze([
  {
    kind: 'private-key',
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$)/g,
  },
  { kind: 'otpauth', pattern: /otpauth:\/\/[^\s"'<>\\]+/gi },
  {
    kind: 'token',
    pattern: /(?<![\w-])(?=[\w-]{11,}\.[\w-]*\.)[\w-]*?(?<secret>eyJ[\w-]{8,}(?:\.[\w-]*){2,4})/g,
  },
  { kind: 'fernet', pattern: /gAAAA[\w-]{60,}={0,2}/g },
  { kind: 'signed-value', pattern: /(?<![\w.-])\.?[\w-]{8,}\.[\w-]{6,8}\.[\w-]{27}(?![\w-])/g },
  { kind: 'install-code', pattern: /(?<![0-9A-Fa-f-])(?:[0-9A-Fa-f]{4}-){7}[0-9A-Fa-f]{4}(?![0-9A-Fa-f-])/g },
  // 64 hex digits are a fingerprint or a hash, which is no secret by itself. One that was cut or grew is a secret still.
  { kind: 'refresh-token', pattern: /(?<![\w-])(?![0-9a-fA-F]{64}(?![\w-]))[\w-]{64}(?![\w-])/g },
  { kind: 'opaque', pattern: /(?<![\w-])(?![0-9a-fA-F]+(?![\w-]))[\w-]{56,120}(?![\w-])/g },
  { kind: 'github-token', pattern: /\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,})/g },
  { kind: 'password-hash', pattern: /\b(?:scrypt|pbkdf2|argon2\w*)[:$][\w:,=$+/.-]{0,512}\$[\w+/.-]{16,}/g },
  { kind: 'credential', pattern: /\b(?:bearer|basic|dpop|token)[ \t]+(?<secret>[\w.~+/-]{12,}=*)/gi },
  { kind: 'url-password', pattern: /\b[a-z][a-z0-9+.-]{0,40}:\/\/[^\s/:@"']+:(?<secret>[^\s/@"']+)@/gi },
]);

/** A run of characters that a token or base64 may be made of. */
const LONG_RUN = 20;
/** Of a credential after its scheme, and of a short token. */
const SHORTEST = 13;
const SCHEME_OR_TOKEN = /eyJ|(?:bearer|basic|dpop|token)[ \t]|(?<![\w-])--?[a-z][\w-]{1,63}[ \t]/i;

/**
 * Whether a text has what each of the above, a named value and a wrapped secret have some of. Most texts have none, and need no closer
 * look; this one is made once for each value that is shown, so it is a plain loop.
 */
export function mayHoldSecret(text: string): boolean {
  let run = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    // `:` `=` `$` `\`
    if (code === 0x3a || code === 0x3d || code === 0x24 || code === 0x5c) return true;
    run = isRunCharacter(code) ? run + 1 : 0;
    if (run >= LONG_RUN) return true;
  }
  return text.length >= SHORTEST && (SCHEME_OR_TOKEN.test(text) || text.includes('-----'));
}

/** Letters, digits, `_`, `+`, `/`, `-`. */
function isRunCharacter(code: number): boolean {
  if (code >= 0x61 && code <= 0x7a) return true;
  if (code >= 0x30 && code <= 0x39) return true;
  if (code >= 0x41 && code <= 0x5a) return true;
  return code === 0x5f || code === 0x2b || code === 0x2f || code === 0x2d;
}

/** Beginnings of base64 that are worth a look inside are not known: any run of this form is opened. */
export const BASE64_RUN = /(?<![\w+/-])[A-Za-z0-9+/_-]{24,}={0,2}(?![\w+/=-])/g;

/** `name: value` and `name=value` in texts that are no JSON, or are JSON cut off or escaped: quotes may be escaped any number of times. */
export const NAMED_VALUE =
  /(?<![\w.-])(?<name>[A-Za-z][\w.-]{1,63})(?:\\*["'])?[ \t]*[:=][ \t]*(?:(?<quote>\\*["'])(?<quoted>(?:(?!\k<quote>)[^\n]){0,4096})(?:\k<quote>|$)|(?<plain>[^\s"'&,;<>{}[\]\\]+))/g;

/** `-Password value` and `--password value`, as commands and scripts have them. */
export const NAMED_ARGUMENT =
  /(?<![\w.-])--?(?<name>[A-Za-z][\w-]{1,63})[ \t]+(?:(?<quote>["'])(?<quoted>[^"'\n]{1,4096})\k<quote>|(?<plain>[^\s"'&,;<>{}[\]\\-][^\s"'&,;<>{}[\]\\]*))/g;
