/** What outlives its request, and how a dry run sees it. */
import type {
  AgentMemory,
  AttemptLimit,
  CallLimit,
  ConfigurationMemory,
  ReplayMemory,
  RequestContext,
  ScreenshotMemory,
} from '../request-context.js';

/** All of the context that one request may leave for the next, besides the database. A new member of the context is one of these. */
export type Memories = Omit<
  RequestContext,
  'requestId' | 'unitOfWork' | 'clock' | 'random' | 'events' | 'presence' | 'serverRuns' | 'log'
>;

export interface DryViewed<T> {
  /** Answers as the memory would, what the view itself was told included; tells the memory nothing. */
  dryView(): T;
}

type Live<T> = T extends ReplayMemory | CallLimit | AttemptLimit | AgentMemory | ConfigurationMemory | ScreenshotMemory
  ? T & DryViewed<T>
  : { readonly [Name in keyof T]: Live<T[Name]> };

/** The memories of live requests: each offers a view. */
export type LiveMemories = { readonly [Name in keyof Memories]: Live<Memories[Name]> };

/** Views of all memories, for one dry run: they agree with each other, and end with it. */
export function dryViews(live: LiveMemories): Memories {
  return {
    proofs: live.proofs.dryView(),
    deviceProofs: live.deviceProofs.dryView(),
    deviceCalls: live.deviceCalls.dryView(),
    enrollmentCalls: {
      byAddress: live.enrollmentCalls.byAddress.dryView(),
      byKey: live.enrollmentCalls.byKey.dryView(),
    },
    enrollmentProofs: live.enrollmentProofs.dryView(),
    attempts: { passwords: live.attempts.passwords.dryView(), codes: live.attempts.codes.dryView() },
    usedFactors: live.usedFactors.dryView(),
    agents: live.agents.dryView(),
    configurations: live.configurations.dryView(),
    screenshots: live.screenshots.dryView(),
  };
}
