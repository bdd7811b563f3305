/** What a machine calls to become a device (agents-http 3). Open to anyone: an operator decides who gets tokens. */
import { buildEnrollmentPoll, buildEnrollmentRequest } from '../../builders/enrollment.js';
import type { EnrollmentState, ServerMaterial } from '../../domain/enrollment.js';
import type { EnrollmentService } from '../../services/enrollment-service.js';
import { type HttpAnswer, jsonAnswer } from './http-answer.js';
import type { HttpRoute } from './http-route.js';

/** A few short texts. */
const BODY_LIMIT = 1_000_000;
const FIRST_POLL_MS = 3000;
const NEXT_POLL_MS = 5000;

export function enrollmentRoutes(enrollment: EnrollmentService): readonly HttpRoute[] {
  return [
    {
      rule: '/api/agent/enroll/request',
      handlers: {
        POST: async (request, context) => {
          const { address } = request.peer;
          enrollment.countCall(address, context);
          const wanted = buildEnrollmentRequest(await request.body(BODY_LIMIT));
          const { reference, serverNonce, ...material } = await enrollment.request(wanted, address, context);
          return jsonAnswer(200, {
            status: 'pending',
            approval_reference: reference,
            server_nonce: serverNonce,
            poll_after_ms: FIRST_POLL_MS,
            ...materialFields(material),
          });
        },
      },
    },
    {
      rule: '/api/agent/enroll/poll',
      handlers: {
        POST: async (request, context) =>
          stateAnswer(await enrollment.poll(buildEnrollmentPoll(await request.body(BODY_LIMIT)), context)),
      },
    },
  ];
}

function stateAnswer(state: EnrollmentState): HttpAnswer {
  switch (state.kind) {
    case 'unknown':
      return jsonAnswer(404, { status: 'unknown' });
    case 'pending':
      return jsonAnswer(200, { status: 'pending', poll_after_ms: NEXT_POLL_MS });
    case 'denied':
      return jsonAnswer(200, { status: 'denied', reason: 'operator_denied' });
    case 'expired':
      return jsonAnswer(200, { status: 'expired' });
    case 'finalized':
      return jsonAnswer(200, { status: 'approved', detail: 'finalized' });
    case 'other':
      return jsonAnswer(400, { status: state.status === '' ? 'unknown' : state.status });
    case 'enrolled':
      return enrolledAnswer(state);
  }
}

function enrolledAnswer({ tokens, material }: Extract<EnrollmentState, { kind: 'enrolled' }>): HttpAnswer {
  return jsonAnswer(200, {
    status: 'approved',
    guid: tokens.guid,
    access_token: tokens.accessToken,
    expires_in: tokens.expiresIn,
    refresh_token: tokens.refreshToken,
    token_type: 'Bearer',
    ...materialFields(material),
  });
}

function materialFields({ serverCertificate, signingKey }: ServerMaterial) {
  return { server_certificate: serverCertificate, signing_key: signingKey };
}
