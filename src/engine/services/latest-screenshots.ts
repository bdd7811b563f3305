/**
 * The latest image of each agent, and of each of its nodes (sockets 3). Nothing reads them yet, as in the legacy; there they are kept for
 * ever, here they are bounded and age.
 */
import { BoundedCache } from './bounded-cache.js';
import type { ScreenshotMemory } from './request-context.js';

const MOST = 2000;
const MOST_BYTES = 64_000_000;
const KEEP_MS = 10 * 60_000;

export class LatestScreenshots implements ScreenshotMemory {
  readonly #kept: BoundedCache<string | Buffer>;

  constructor(monotonic: () => number) {
    this.#kept = new BoundedCache({ most: MOST, mostBytes: MOST_BYTES, keepMs: KEEP_MS, monotonic });
  }

  get size(): number {
    return this.#kept.size;
  }

  find(agentId: string, nodeId?: string): string | Buffer | undefined {
    return this.#kept.get(keyOf(agentId, nodeId));
  }

  keep(image: string | Buffer, agentId: string, nodeId?: string): void {
    this.#kept.set(keyOf(agentId, nodeId), image, typeof image === 'string' ? 2 * image.length : image.length);
  }

  /** For dry runs: keeps nothing. */
  dryView(): ScreenshotMemory {
    return { find: (agentId, nodeId) => this.find(agentId, nodeId), keep: () => undefined };
  }
}

function keyOf(agentId: string, nodeId: string | undefined): string {
  return JSON.stringify(nodeId === undefined ? [agentId] : [agentId, nodeId]);
}
