/** The URL that authenticators read: https://github.com/google/google-authenticator/wiki/Key-Uri-Format (operators 2.2). */

export interface OtpauthFacts {
  readonly issuer: string;
  readonly username: string;
  /** Base32. */
  readonly secret: string;
}

export function otpauthUrl({ issuer, username, secret }: OtpauthFacts): string {
  const label = `${encoded(issuer)}:${encoded(username)}`.replaceAll('%2F', '/');
  return `otpauth://totp/${label}?secret=${encoded(secret)}&issuer=${encoded(issuer)}`;
}

/** Python's `quote`: letters, digits and `_.-~` stay. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (ch) => `%${ch.charCodeAt(0).toString(16).toUpperCase()}`);
}
