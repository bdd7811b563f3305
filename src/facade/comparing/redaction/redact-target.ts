/** Takes secrets out of paths with queries, and of bodies in the form of queries. */
import { redactText, type TextRedaction } from './redact-text.js';

export function redactTarget(target: string, terms: TextRedaction): string {
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  const shown = path
    .split('/')
    .map((segment) => redactEncoded(segment, undefined, terms))
    .join('/');
  return at < 0 ? shown : `${shown}?${redactPairs(target.slice(at + 1), terms)}`;
}

/** `name=value&…` */
export function redactPairs(text: string, terms: TextRedaction): string {
  return text
    .split('&')
    .map((pair) => {
      const at = pair.indexOf('=');
      if (at < 0) return redactEncoded(pair, undefined, terms);
      const name = pair.slice(0, at);
      return `${redactEncoded(name, undefined, terms)}=${redactEncoded(pair.slice(at + 1), decoded(name), terms)}`;
    })
    .join('&');
}

/** Looked at as it is read, kept as it was written unless something was taken out. */
function redactEncoded(text: string, name: string | undefined, terms: TextRedaction): string {
  const plain = decoded(text);
  const redacted = redactText(plain, name, terms);
  return redacted === plain ? text : redacted;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
