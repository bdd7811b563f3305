/** `POST /api/agent/token/refresh`: an agent trades its refresh token for an access token (agents-http 4). */
import { buildRefreshRequest } from '../../builders/refresh-request.js';
import type { TokenRefreshService } from '../../services/token-refresh-service.js';
import { jsonAnswer } from './http-answer.js';
import type { HttpRoute } from './http-route.js';

/** Two short texts; the legacy has no limit, agents send some 150 bytes. */
const BODY_LIMIT = 1_000_000;

export function tokenRoutes(refresh: TokenRefreshService): readonly HttpRoute[] {
  return [
    {
      rule: '/api/agent/token/refresh',
      handlers: {
        POST: async (request, context) => {
          const wanted = buildRefreshRequest(await request.body(BODY_LIMIT), {
            method: request.method,
            url: request.url,
            authorization: request.headers.authorization,
            proof: request.headers.dpop,
          });
          const granted = await refresh.refresh(wanted, context);
          return jsonAnswer(200, {
            access_token: granted.accessToken,
            expires_in: granted.expiresIn,
            token_type: 'Bearer',
          });
        },
      },
    },
  ];
}
