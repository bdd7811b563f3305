/** The framework's HTML pages, byte for byte: browsers and scripts have met them for years (recordings web-*). */
import type { HttpAnswer } from './http-answer.js';

export function notFoundPage(): HttpAnswer {
  return page(
    404,
    'Not Found',
    'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
  );
}

/** @param allow methods that the path has */
export function methodNotAllowedPage(allow: readonly string[]): HttpAnswer {
  const text = 'The method is not allowed for the requested URL.';
  return page(405, 'Method Not Allowed', text, { allow: allow.join(', ') });
}

/** @param length bytes of the file whose part was asked for */
export function rangeNotSatisfiablePage(length: number): HttpAnswer {
  const text = 'The server cannot provide the requested range.';
  return page(416, 'Requested Range Not Satisfiable', text, { 'content-range': `bytes */${length}` });
}

/** @param location absolute URL */
export function redirectPage(location: string): HttpAnswer {
  const shown = escapeHtml(location);
  const body = `<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n<p>You should be redirected automatically to the target URL: <a href="${shown}">${shown}</a>. If not, click the link.\n`;
  return { status: 308, headers: { ...HTML, location }, body: Buffer.from(body) };
}

const HTML = { 'content-type': 'text/html; charset=utf-8' };

function page(status: number, title: string, text: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  const body = `<!doctype html>\n<html lang=en>\n<title>${status} ${title}</title>\n<h1>${title}</h1>\n<p>${text}</p>\n`;
  return { status, headers: { ...HTML, ...headers }, body: Buffer.from(body) };
}

/** For texts and attributes of a page. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (ch) => `&#${ch.charCodeAt(0)};`);
}
