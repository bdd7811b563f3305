/** Puts device authentication before a handler. It runs before the body is looked at (agents-http 6). */
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
    const { method, url, headers } = request;
    // Repeated headers arrive joined; no joined text is a proof.
    const jws = Array.isArray(headers.dpop) ? headers.dpop.join(',') : (headers.dpop ?? '');
    const proof = jws === '' ? undefined : { jws, method, url };
    const device = await auth.admit({ authorization: headers.authorization, proof }, context);
    return await handler(request, context, device);
  };
}
