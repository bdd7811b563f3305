/** Every event that the engine handles, on one screen (sockets 3 to 5). Each takes exactly one argument. */
import { eventObject } from '../../builders/event-fields.js';
import { buildJobResult } from '../../builders/job-result.js';
import {
  buildAgentConnect,
  buildAgentHeartbeat,
  buildAgentQuery,
  buildCollectorReport,
} from '../../builders/presence-events.js';
import { isTruthyEvent } from '../../domain/event-value.js';
import type { AgentRegistryService } from '../../services/agent-registry-service.js';
import type { JobResultService } from '../../services/job-result-service.js';
import type { PresenceService } from '../../services/presence-service.js';
import type { ScheduledJobService } from '../../services/scheduling/scheduled-job-service.js';
import { jobObject } from '../http/scheduled-job-routes.js';
import type { EventHandler } from './event-handler.js';
import { relayScreenshot, relayTask } from './screenshot-events.js';

export interface EventServices {
  readonly presence: PresenceService;
  readonly agentRegistry: AgentRegistryService;
  readonly jobResults: JobResultService;
  readonly scheduledJobs: Pick<ScheduledJobService, 'list'>;
}

export function eventHandlers(services: EventServices): readonly EventHandler[] {
  return [...presenceEvents(services), ...relays(), ...jobEvents(services)];
}

function presenceEvents({ presence, agentRegistry }: EventServices): readonly EventHandler[] {
  return [
    learning('connect_agent', async (argument, context) => {
      const connect = buildAgentConnect(argument);
      if (connect === undefined) return;
      context.join(connect.agentId);
      await presence.connect(connect, context);
    }),
    learning('agent_heartbeat', async (argument, context) => {
      const beat = buildAgentHeartbeat(argument);
      if (beat !== undefined) await presence.heartbeat(beat, context);
    }),
    learning('collector_status', async (argument, context) => {
      const report = buildCollectorReport(argument);
      if (report !== undefined) await presence.collect(report, context);
    }),
    handling('request_config', async (argument, context) => {
      const agentId = buildAgentQuery(argument);
      if (agentId !== undefined) agentRegistry.tellConfiguration(agentId, context);
    }),
  ];
}

/** To all, the sender included, as it came. */
function relays(): readonly EventHandler[] {
  const names = ['list_agent_windows', 'agent_window_list', 'ansible_playbook_run', 'ansible_playbook_cancel'];
  return [
    ...names.map((event) => handling(event, async ({ raw }, { events }) => events.emit(event, raw))),
    handling('macro_status', async (argument, { events }) => {
      eventObject(argument);
      events.emit('macro_status', argument.raw);
    }),
    learning('agent_screenshot_task', async (argument, context) => relayTask(argument, context)),
    learning('screenshot', async (argument, context) => relayScreenshot(argument, context)),
  ];
}

function jobEvents({ jobResults, scheduledJobs }: EventServices): readonly EventHandler[] {
  return [
    // The legacy knows it not; the earlier rewrite told all clients. What is in a job is for whoever asks, and nobody else.
    handling('job_status_request', async (_argument, context) => {
      const jobs = await scheduledJobs.list(context);
      context.events.emitToSender('job_status', { jobs: jobs.map(jobObject) });
    }),
    handling('quick_job_result', async (argument, context) => {
      const result = isTruthyEvent(argument.value) ? buildJobResult(argument) : undefined;
      if (result !== undefined) await jobResults.store(result, context);
    }),
  ];
}

function handling(event: string, handle: EventHandler['handle']): EventHandler {
  return { event, learns: false, handle };
}

function learning(event: string, handle: EventHandler['handle']): EventHandler {
  return { event, learns: true, handle };
}
