/** The legacy's two spellings of GUIDs (agents-http 1.5). Device tokens know a third: exactly as it stands. */
import { cutEnds } from './cut-ends.js';
import { trimmed } from './python-text.js';

const HEX_32 = /^[0-9a-fA-F]{32}$/;

/**
 * The form "agent": trimmed, every brace removed, 32 hex digits dashed, upper case. Used by device details, check-ins,
 * hashes, and the registry of agents. Empty stays empty.
 */
export function agentGuid(text: string): string {
  const bare = trimmed(text).replace(/[{}]/g, '');
  return (HEX_32.test(bare) ? dashed(bare) : bare).toUpperCase();
}

/**
 * The form "canonical": a UUID in any spelling becomes 8-4-4-4-12 in upper case; what is none is tried again without its
 * other characters, and at last left as it is, in upper case. Used by enrolment and its administration.
 */
export function canonicalGuid(text: string): string {
  const bare = cutEnds(trimmed(text), isBrace);
  return (uuidOf(bare) ?? uuidOf(bare.replace(/[^0-9a-fA-F-]/g, '')) ?? bare).toUpperCase();
}

function uuidOf(text: string): string | undefined {
  const digits = cutEnds(text.replaceAll('urn:', '').replaceAll('uuid:', ''), isBrace).replaceAll('-', '');
  return HEX_32.test(digits) ? dashed(digits) : undefined;
}

function isBrace(code: number): boolean {
  return code === 0x7b || code === 0x7d;
}

function dashed(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
