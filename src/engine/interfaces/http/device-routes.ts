/** What an enrolled device calls (agents-http 7). */
import { buildAccountRequest } from '../../builders/account-request.js';
import { buildDetailsReport } from '../../builders/details-report.js';
import { buildHeartbeat } from '../../builders/heartbeat.js';
import type { ServiceAccount } from '../../domain/account-request.js';
import type { AdmittedDevice } from '../../domain/admitted-device.js';
import type { DetailsService } from '../../services/details-service.js';
import type { DeviceAuthService } from '../../services/device-auth-service.js';
import type { HeartbeatService } from '../../services/heartbeat-service.js';
import type { ServiceAccountService } from '../../services/service-account-service.js';
import { deviceGuard } from './device-guard.js';
import { type HttpAnswer, jsonAnswer } from './http-answer.js';
import type { HttpRoute } from './http-route.js';

export interface DeviceRouteServices {
  readonly deviceAuth: DeviceAuthService;
  readonly heartbeats: HeartbeatService;
  readonly details: DetailsService;
  readonly serviceAccounts: ServiceAccountService;
  /** Base64 of the script key's SPKI DER; empty when there is none. */
  readonly signingKey: string;
}

const HEARTBEAT_MS = 15_000;
const SCRIPT_MS = 30_000;
const QUARANTINED_SCRIPT_MS = 60_000;
const ROTATION_MINUTES = 43_200;
/** An inventory lists every program of a machine: some hundred kilobytes. */
const REPORT_LIMIT = 32_000_000;
/** A few short texts. */
const BODY_LIMIT = 1_000_000;

export function deviceRoutes(services: DeviceRouteServices): readonly HttpRoute[] {
  const { heartbeats, details, serviceAccounts, signingKey } = services;
  const admitted = deviceGuard(services.deviceAuth);
  return [
    {
      rule: '/api/agent/script/request',
      handlers: {
        POST: admitted(async (_request, _context, device) => scriptAnswer(device, signingKey)),
      },
    },
    {
      rule: '/api/agent/heartbeat',
      handlers: {
        POST: admitted(async (request, context, device) => {
          await heartbeats.record(device, buildHeartbeat(await request.body(REPORT_LIMIT)), context);
          return jsonAnswer(200, { status: 'ok', poll_after_ms: HEARTBEAT_MS });
        }),
      },
    },
    {
      rule: '/api/agent/details',
      handlers: {
        POST: admitted(async (request, context, device) => {
          const report = buildDetailsReport(await request.body(REPORT_LIMIT), request.headers['content-type']);
          await details.record(device, report, context);
          return jsonAnswer(200, { status: 'ok' });
        }),
      },
    },
    {
      rule: '/api/agent/checkin',
      handlers: {
        POST: admitted(async (request, context, device) => {
          const wanted = buildAccountRequest(await request.body(BODY_LIMIT), request.headers['content-type']);
          const account = await serviceAccounts.checkIn(device, wanted, context);
          // Spelled as in the device's tokens: the agent keeps what it hears, and rows compare exactly.
          return accountAnswer(account, { agent_guid: device.guid });
        }),
      },
    },
    {
      rule: '/api/agent/service-account/rotate',
      handlers: {
        POST: admitted(async (request, context, device) => {
          const wanted = buildAccountRequest(await request.body(BODY_LIMIT), request.headers['content-type']);
          return accountAnswer(await serviceAccounts.rotate(device, wanted, context), {});
        }),
      },
    },
  ];
}

function scriptAnswer({ quarantined }: AdmittedDevice, signingKey: string): HttpAnswer {
  return jsonAnswer(200, {
    status: quarantined ? 'quarantined' : 'idle',
    poll_after_ms: quarantined ? QUARANTINED_SCRIPT_MS : SCRIPT_MS,
    sig_alg: 'ed25519',
    signing_key: signingKey,
  });
}

function accountAnswer({ username, password }: ServiceAccount, more: Readonly<Record<string, string>>): HttpAnswer {
  return jsonAnswer(200, { username, password, policy: { force_rotation_minutes: ROTATION_MINUTES }, ...more });
}
