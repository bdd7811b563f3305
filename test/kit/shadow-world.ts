/**
 * A data path whose rows compare: a legacy and an engine that answer as told, real copies and dry runs between them, and a
 * sink that remembers. Comparing itself is left out: what reaches it is what these tests are about.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answered } from '../../src/facade/comparing/comparer.js';
import type { ComparisonInput } from '../../src/facade/comparing/comparison.js';
import type { DropReason } from '../../src/facade/comparing/drop-reason.js';
import { engineTarget, legacyTarget } from '../../src/facade/forwarding/side-target.js';
import type { ShadowSettings } from '../../src/facade/shadowing/shadow-settings.js';
import { createShadowing, type Shadowing, type ShadowingOptions } from '../../src/facade/shadowing/shadowing.js';
import { WriteLedger } from '../../src/facade/shadowing/write-ledger.js';
import type { DryRunReply } from '../../src/legacy-bridge/effects/dry-run-protocol.js';
import { encodeDryRunReply } from '../../src/legacy-bridge/effects/dry-run-protocol.js';
import type { EffectsObserver, SeenEffects } from '../../src/legacy-bridge/effects/effects-observer.js';
import {
  type FacadeUnderTest,
  type FacadeUnderTestOptions,
  type RowUnderTest,
  startFacadeUnderTest,
  TEST_LIMITS,
} from './facade-under-test.js';
import { json, type Reply, startUpstream, type Upstream } from './upstream.js';

export const SHADOW_SETTINGS: ShadowSettings = {
  connections: 4,
  legacyConnections: 2,
  dryRuns: 4,
  dryRunTimeoutMs: 300,
  copyTimeoutMs: 300,
  queue: 16,
  maxWaitMs: 1000,
  headStartMs: 20,
  maxBodyBytes: 65_536,
  bodyWaitMs: 200,
  maxBufferedBytes: 1_048_576,
  // This machine may be busy with other things: shedding has tests of its own.
  maxLagMs: 60_000,
  maxBusyPercent: 100,
  maxCoreWaitPercent: 100,
  noisePercent: 0,
  wayBackPercent: 100,
};

export interface ShadowWorldOptions {
  readonly rows: readonly RowUnderTest[];
  readonly legacy?: string | Reply;
  /** Where it is, instead of one that answers as told. */
  readonly engineAt?: ShadowingOptions['engine'];
  readonly engine?: string | Reply;
  readonly knowsDryRuns?: ShadowingOptions['knowsDryRuns'];
  readonly settings?: Partial<ShadowSettings>;
  readonly random?: () => number;
  readonly observer?: EffectsObserver | 'none';
  readonly facade?: Partial<FacadeUnderTestOptions>;
}

export interface ShadowWorld {
  readonly facade: FacadeUnderTest;
  readonly legacy: Upstream;
  readonly engine: Upstream;
  readonly shadowing: Shadowing;
  readonly compared: ComparisonInput[];
  readonly drops: { readonly row: string; readonly reason: DropReason }[];
  readonly learned: { readonly first: Answered; readonly second: Answered }[];
  readonly dryRuns: string[];
  /** Snapshots taken, and given back by `finish` or `close`. */
  readonly snapshots: { taken: number; ended: number };
  /** Resolves once there are so many comparisons and drops together. */
  outcomes(count: number): Promise<void>;
  close(): Promise<void>;
}

/** The envelope of a dry run that answers as the legacy of these tests does. */
export function dryRunOf(reply: Partial<Extract<DryRunReply, { outcome: 'run' }>> = {}): string {
  return envelope({
    outcome: 'run',
    answer: { status: 200, headers: [['content-type', 'application/json']], body: Buffer.from('{"from":"engine"}') },
    effects: { rows: [], events: [], calls: [] },
    notSeen: [],
    ms: 1,
    lockMs: 0,
    ...reply,
  });
}

export function envelope(reply: DryRunReply): string {
  const body = encodeDryRunReply(reply).toString('latin1');
  return `HTTP/1.1 200 OK\r\nX-Facade-Dry-Run: 1\r\nContent-Length: ${Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`;
}

export async function startShadowWorld(options: ShadowWorldOptions): Promise<ShadowWorld> {
  const directory = mkdtempSync(join(tmpdir(), 'shadow-world-'));
  const socketPath = join(directory, 'engine.sock');
  const legacy = await startUpstream(options.legacy ?? json({ from: 'legacy' }));
  const engine = await startUpstream(options.engine ?? dryRunOf(), { listen: socketPath });
  const compared: ComparisonInput[] = [];
  const drops: { row: string; reason: DropReason }[] = [];
  const learned: { first: Answered; second: Answered }[] = [];
  const dryRuns: string[] = [];
  const snapshots = { taken: 0, ended: 0 };
  const waiting = new Set<() => void>();
  const told = (): void => {
    for (const wake of [...waiting]) wake();
  };
  const settings = { ...SHADOW_SETTINGS, ...options.settings };
  const limits = { ...TEST_LIMITS, sideConnections: 8 };
  let shadowing: Shadowing | undefined;
  const facade = await startFacadeUnderTest({
    legacy: legacy.origin,
    engine: { socketPath },
    rows: options.rows,
    ...options.facade,
    shadowing: (log) => {
      shadowing = createShadowing({
        settings,
        engine: options.engineAt ?? engineTarget({ socketPath }, limits),
        knowsDryRuns: options.knowsDryRuns ?? (async () => true),
        legacy: legacyTarget({ url: legacy.origin, ca: '', pin: '', serverName: '' }, limits),
        observer: options.observer === 'none' ? undefined : (options.observer ?? blindObserver(snapshots)),
        comparing: {
          compare: (input) => {
            compared.push(input);
            return NO_DIFFERENCE;
          },
          learnNoise: (_request, first, second) => void learned.push({ first, second }),
          sink: {
            record: told,
            dropped: told,
          },
          engineBuild: () => 'build-1',
        },
        ledger: new WriteLedger(() => 0),
        metrics: {
          compared: () => undefined,
          comparisonDropped: (row, reason) => drops.push({ row, reason }),
          dryRunFinished: (outcome) => dryRuns.push(outcome),
        },
        log,
        now: () => performance.now(),
        wallClock: Date.now,
        random: options.random ?? (() => 0),
      });
      shadowing.engineChanged(true);
      return shadowing;
    },
  });
  if (shadowing === undefined) throw new TypeError('the facade asked for no shadowing');
  const made = shadowing;
  return {
    ...{ facade, legacy, engine, compared, drops, learned, dryRuns, snapshots },
    shadowing: made,
    outcomes: async (count) => {
      while (compared.length + drops.length < count)
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
    },
    close: async () => {
      await facade.close();
      await made.close();
      await Promise.all([legacy.close(), engine.close()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export const NO_DIFFERENCE = {
  verdict: 'match',
  reason: undefined,
  differences: [],
  passed: [],
  notSeen: [],
  used: [],
  untold: { differences: 0, passed: 0 },
  expiredRules: [],
} as const;

const NOTHING_SEEN: SeenEffects = {
  effects: { rows: [], events: [], calls: [] },
  disturbed: false,
  notSearched: [],
  eventsSeen: false,
};

/** Sees no effects, and counts. */
export function blindObserver(snapshots: { taken: number; ended: number }): EffectsObserver {
  return {
    isFull: () => false,
    open: async () => {
      snapshots.taken += 1;
      let open = true;
      const end = (): void => {
        if (open) snapshots.ended += 1;
        open = false;
      };
      return {
        finish: async () => {
          end();
          return NOTHING_SEEN;
        },
        close: end,
      };
    },
    close: async () => undefined,
  };
}
