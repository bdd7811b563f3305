/** Signing in and out, the second factor, and who one is (operators 3). */
import type { Session } from '../../../legacy-bridge/operators/session-cookie.js';
import { buildCodeRequest, buildSignInRequest } from '../../builders/sign-in-request.js';
import { EngineError } from '../../domain/engine-error.js';
import type { Operator } from '../../domain/operator.js';
import type { PendingSignIn } from '../../domain/sign-in.js';
import type { OperatorService } from '../../services/operator-service.js';
import { otpauthUrl } from '../../services/otpauth-url.js';
import { qrImage } from '../../services/qr-image.js';
import type { RequestContext } from '../../services/request-context.js';
import {
  pendingOf,
  type SessionService,
  signedIn,
  withoutPending,
  withPending,
} from '../../services/session-service.js';
import type { SignInService } from '../../services/sign-in-service.js';
import { errorAnswer } from './error-answer.js';
import { type HttpAnswer, jsonAnswer } from './http-answer.js';
import type { HttpHandler, HttpRoute } from './http-route.js';
import { operatorGuard } from './operator-guard.js';

export interface AuthRouteServices {
  readonly operators: OperatorService;
  readonly signIns: SignInService;
  readonly sessions: SessionService;
  readonly settings: { readonly mfaIssuer: string };
}

/** A few short texts. */
const BODY_LIMIT = 1_000_000;

export function authRoutes(services: AuthRouteServices): readonly HttpRoute[] {
  const authenticated = operatorGuard(services.operators);
  return [
    { rule: '/api/auth/login', handlers: { POST: signIn(services) } },
    { rule: '/api/auth/mfa/verify', varies: 'Cookie', handlers: { POST: verify(services) } },
    {
      rule: '/api/auth/logout',
      varies: 'Cookie',
      handlers: {
        POST: async () => ({ ...jsonAnswer(200, { status: 'ok' }), cookies: services.sessions.signOutLines() }),
      },
    },
    {
      rule: '/api/auth/me',
      varies: 'Cookie',
      handlers: {
        GET: authenticated(async (_request, _context, { username, displayName, role }) =>
          jsonAnswer(200, { username, display_name: displayName, role }),
        ),
      },
    },
  ];
}

function signIn({ signIns, sessions, settings }: AuthRouteServices): HttpHandler {
  return async (request, context) => {
    const wanted = buildSignInRequest(await request.body(BODY_LIMIT), request.headers['content-type']);
    const result = await signIns.signIn(wanted, request.peer.address, context);
    const session = sessions.read(request.headers.cookie, context);
    if (result.kind === 'signed-in') return varying(signedInAnswer(result.operator, session, sessions, context));
    const { operator, pending } = result;
    return {
      ...varying(pendingAnswer(operator, pending, settings.mfaIssuer)),
      cookies: [sessions.line(withPending(session, pending, operator.role), context)],
    };
  };
}

/** A refused sign-in looks at no session, and so does not vary. */
function varying(answer: HttpAnswer): HttpAnswer {
  return { ...answer, headers: { ...answer.headers, vary: 'Cookie' } };
}

function verify({ signIns, sessions }: AuthRouteServices): HttpHandler {
  return async (request, context) => {
    const body = await request.body(BODY_LIMIT);
    const session = sessions.read(request.headers.cookie, context);
    const pending = pendingOf(session);
    if (pending === undefined) throw new EngineError('mfa_pending');
    const wanted = buildCodeRequest(body, request.headers['content-type']);
    try {
      const operator = await signIns.verify(pending, wanted, request.peer.address, context);
      return signedInAnswer(operator, session, sessions, context);
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== 'mfa_expired') throw error;
      return { ...errorAnswer(error), cookies: [sessions.line(withoutPending(session), context)] };
    }
  };
}

function signedInAnswer(
  { username, role }: Operator,
  session: Session,
  sessions: SessionService,
  context: RequestContext,
): HttpAnswer {
  const token = sessions.newToken({ username, role }, context);
  return {
    ...jsonAnswer(200, { status: 'ok', username, role, token }),
    cookies: [sessions.tokenLine(token), sessions.line(signedIn(session, { username, role }), context)],
  };
}

function pendingAnswer({ username, role }: Operator, pending: PendingSignIn, issuer: string): HttpAnswer {
  const { stage, token, secret } = pending;
  const url = otpauthUrl({ issuer, username, secret });
  const setup = stage === 'setup' ? { secret, otpauth_url: url, qr_image: qrImage(url) ?? null } : {};
  return jsonAnswer(200, { status: 'mfa_required', stage, pending_token: token, username, role, ...setup });
}
