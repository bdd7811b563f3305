/** A legacy, the facade with its engine in front of it, and an agent that lives through the facade: what agent tests start from. */
import { type FacadeProcess, type FacadeProcessOptions, startFacadeProcess } from './facade-process.js';
import {
  approveAgent,
  makeInstallCode,
  type SampleAgent,
  type SampleAgentOptions,
  startSampleAgent,
} from './sample-agent.js';
import { type SampleLegacy, type SampleLegacyOptions, startSampleLegacy } from './sample-legacy.js';

export interface AgentWorld {
  readonly legacy: SampleLegacy;
  readonly facade: FacadeProcess;
  readonly agent: SampleAgent;
  /** Ends all of it. */
  stop(): Promise<void>;
}

export interface AgentWorldOptions {
  readonly legacy?: SampleLegacyOptions;
  readonly facade?: Partial<Omit<FacadeProcessOptions, 'legacy'>>;
  readonly agent?: Partial<SampleAgentOptions>;
}

/**
 * The engine is ready; the agent has enrolled, connected and checked in, so that it has left its connect handler: from
 * then on a lost connection is one that it renews. It refreshes before each call, and its clock runs 20 times as fast.
 */
export async function startAgentWorld(options: AgentWorldOptions = {}): Promise<AgentWorld> {
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const part of started.splice(0).reverse()) await part.stop();
  };
  try {
    const legacy = await startSampleLegacy(options.legacy);
    started.push(legacy);
    const facade = await startFacadeProcess({ legacy, ...options.facade });
    started.push(facade);
    await facade.engineReady();
    const code = await makeInstallCode(legacy);
    const pace = { timeScale: 0.05, refreshBefore: 900 };
    const agent = await startSampleAgent({ server: facade.address, code, ...pace, ...options.agent });
    started.push(agent);
    await approveAgent(legacy, agent);
    await agent.waitFor('checkin', ({ status }) => status === 200);
    return { legacy, facade, agent, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
