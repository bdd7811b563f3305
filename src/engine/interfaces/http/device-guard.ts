/** Puts device authentication before a handler. It runs before the body is looked at (agents-http 6). */
import { buildProofToCheck } from '../../builders/proof-to-check.js';
import type { AdmittedDevice } from '../../domain/admitted-device.js';
import type { DeviceAuthService } from '../../services/device-auth-service.js';
import type { RequestContext } from '../../services/request-context.js';
import type { HttpAnswer } from './http-answer.js';
import type { HttpRequest } from './http-request.js';
import type { HttpHandler } from './http-route.js';

export type DeviceHandler = (
  request: HttpRequest,
  context: RequestContext,
  device: AdmittedDevice,
) => Promise<HttpAnswer>;

/** @returns what makes a handler of a device's call */
export function deviceGuard(auth: DeviceAuthService): (handler: DeviceHandler) => HttpHandler {
  return (handler) => async (request, context) => {
    const { authorization, dpop } = request.headers;
    const device = await auth.admit({ authorization, proof: buildProofToCheck(dpop, request) }, context);
    return await handler(request, context, device);
  };
}
