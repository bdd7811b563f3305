/** Tells events to every webhook of the settings. Who tells one waits for nothing and is never told of failures. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Agent } from 'undici';
import { readSettingFile } from '../settings/read-setting-file.js';
import type { FacadeSettings } from '../settings/settings.js';
import { ALERT_EVENTS, type Alert, type AlertMessage } from './alert.js';
import { WebhookQueue, type WebhookQueueOptions } from './webhook-queue.js';
import { readWebhook } from './webhook-target.js';

export interface Alerts {
  tell(alert: Alert): void;
  /** Messages that wait, by number of the webhook. */
  waiting(): ReadonlyMap<number, number>;
  /** Gives what waits a last try, for a second at most. */
  close(): Promise<void>;
}

export interface AlertsOptions extends Pick<WebhookQueueOptions, 'metrics' | 'log' | 'now' | 'random' | 'backoffMs'> {
  readonly settings: FacadeSettings['alerts'];
  /** Version of the facade. */
  readonly version: string;
  /** Epoch milliseconds. */
  readonly wallClock: () => number;
}

/** @throws when the CA file can't be read */
export function createAlerts(options: AlertsOptions): Alerts {
  const { settings, version, wallClock } = options;
  const dispatcher = new Agent({ connections: 1, connect: { timeout: settings.timeoutMs, ...rootsOf(settings) } });
  const queues = settings.webhooks.map((entry, at) => {
    const target = readWebhook(entry, at + 1);
    // Settings with a webhook that is none are refused before.
    if (typeof target === 'string') throw new TypeError(`webhook ${at + 1}: ${target}`);
    return { number: target.number, queue: new WebhookQueue(target, { ...options, ...settings, dispatcher }) };
  });
  const facade = { version, host: hostname() };
  return {
    tell: (alert) => {
      const at = new Date(wallClock()).toISOString();
      const { severity } = ALERT_EVENTS[alert.event];
      const message: AlertMessage = { version: 1, id: randomUUID(), at, severity, facade, ...alert };
      for (const { queue } of queues) queue.add(message);
    },
    waiting: () => new Map(queues.map(({ number, queue }) => [number, queue.length])),
    close: async () => {
      await Promise.all(queues.map(({ queue }) => queue.close()));
      await dispatcher.destroy();
    },
  };
}

/** Certificates are always verified: by these roots, or by the system's. */
function rootsOf({ ca }: FacadeSettings['alerts']): { readonly ca?: Buffer } {
  return ca === '' ? {} : { ca: readSettingFile('alerts.ca', ca) };
}
