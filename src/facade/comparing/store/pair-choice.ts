/**
 * Which comparisons are worth keeping whole. Bounded per second and per kind, in pairs and in bytes, so that neither redaction nor the
 * way to its thread takes much CPU. Memory only.
 */
import { createHash } from 'node:crypto';
import type { ComparisonResult } from '../comparison.js';
import type { EvidenceSubject } from './evidence.js';

/** Between two writes. */
const MOST_PAIRS = 40;
/** The one that goes beyond is still taken, or a large pair would never be. */
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_OF_ONE_SIGNATURE = 2;
/** Subjects whose kept matches are remembered. */
const MOST_REMEMBERED = 10_000;

export class PairChoice {
  #pairs = 0;
  #bytes = 0;
  #bySignature = new Map<string, number>();
  /** Kept matches by subject and kind; over the process's life. */
  #others = new Map<string, number>();

  /**
   * Called for each comparison; a `true` counts as kept.
   * @param bytes of the whole pair
   */
  worthKeeping(
    subject: EvidenceSubject,
    { verdict, reason }: ComparisonResult,
    signature: string,
    status: string,
    bytes: number,
  ): boolean {
    if (this.#pairs >= MOST_PAIRS || this.#bytes >= MOST_BYTES) return false;
    if (verdict === 'mismatch') {
      const key = `${subject.row}\n${signature}`;
      const kept = this.#bySignature.get(key) ?? 0;
      if (kept >= MOST_OF_ONE_SIGNATURE) return false;
      this.#bySignature.set(key, kept + 1);
    } else {
      // One of each kind shows what such a comparison looks like.
      const key = [subject.row, subject.answeredBy, subject.rules, subject.build, verdict, reason ?? '', status].join(
        '\n',
      );
      if (this.#others.has(key)) return false;
      if (this.#others.size >= MOST_REMEMBERED) this.#others.clear();
      this.#others.set(key, 1);
    }
    this.#pairs += 1;
    this.#bytes += bytes;
    return true;
  }

  /** After each write. */
  reset(): void {
    this.#pairs = 0;
    this.#bytes = 0;
    this.#bySignature.clear();
  }
}

/** Same for comparisons that differ in the same places and ways. */
export function signatureOf(differences: readonly { readonly kind: string; readonly path: string }[]): string {
  const lines = [...new Set(differences.map(({ kind, path }) => `${kind} ${path}`))].sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}
