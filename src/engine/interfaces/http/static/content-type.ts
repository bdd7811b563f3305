/** Types by extension, as the legacy names them (assemblies-and-runs 12). */
import { extname } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.avif': 'image/avif',
  '.bmp': 'image/bmp',
  '.css': 'text/css',
  '.csv': 'text/csv',
  '.eot': 'application/vnd.ms-fontobject',
  '.gif': 'image/gif',
  '.htm': 'text/html',
  '.html': 'text/html',
  '.ico': 'image/vnd.microsoft.icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.otf': 'font/otf',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain',
  '.wasm': 'application/wasm',
  '.wav': 'audio/x-wav',
  '.webm': 'video/webm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.xml': 'text/xml',
  '.zip': 'application/zip',
};

/** Texts and XML carry a charset; what is unknown is a stream of bytes. */
export function contentType(fileName: string): string {
  const type = TYPES[extname(fileName).toLowerCase()] ?? 'application/octet-stream';
  return type.startsWith('text/') || type.endsWith('+xml') ? `${type}; charset=utf-8` : type;
}

/** `Content-Disposition` of a file shown in place; names outside ASCII in both forms (RFC 6266 4.3). */
export function inlineDisposition(fileName: string): string {
  if (isAscii(fileName)) return `inline; filename=${token(fileName)}`;
  const plain = [...fileName.normalize('NFKD')].filter(isAscii).join('');
  return `inline; filename=${token(plain)}; filename*=UTF-8''${encodeURIComponent(fileName).replace(/['()*]/g, percent)}`;
}

/** Bare when it is a token (RFC 9110 5.6.2), else quoted. */
function token(text: string): string {
  return /^[!#$%&'*+\-.^_`|~\w]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

function percent(ch: string): string {
  return `%${ch.charCodeAt(0).toString(16).toUpperCase()}`;
}
