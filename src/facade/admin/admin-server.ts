/**
 * The admin API's server: an address of its own, a token, JSON both ways. Never reachable through the public listener,
 * and never in the way of traffic: what fails here fails here.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { requestIdFrom } from '../forwarding/request-id.js';
import type { AdminDeps } from './admin-deps.js';
import { AdminError } from './admin-error.js';
import { type AdminGuardOptions, refuseForeign, requireToken } from './admin-guard.js';
import { ADMIN_OPERATIONS, type AdminOperation, type AdminOperationId } from './admin-operations.js';
import { refusalOf } from './admin-refusal.js';
import { tokenMatcher } from './admin-token.js';
import { comparisonHandlers } from './handlers/comparison-handlers.js';
import { guardHandlers } from './handlers/guard-handlers.js';
import type { AdminHandler, AdminReply } from './handlers/handler.js';
import { jobHandlers } from './handlers/job-handlers.js';
import { overrideHandlers } from './handlers/override-handlers.js';
import { socketHandlers } from './handlers/socket-handlers.js';
import { statusHandlers } from './handlers/status-handlers.js';
import { tableHandlers } from './handlers/table-handlers.js';
import { readCall } from './read-call.js';
import { serveConsole } from './serve-console.js';

export interface AdminServerOptions {
  /** Setting `admin.host`: the address to listen on, and a name that `Host` may have. */
  readonly host: string;
  /** Setting `admin.port`; 0 takes any free one. */
  readonly port: number;
  readonly token: string;
  /** Good for metrics alone. */
  readonly metricsToken: string;
  /** Version of the facade. */
  readonly version: string;
}

export interface AdminServer {
  /** @returns the bound address; rejects when it is taken or not allowed */
  listen(): Promise<AddressInfo>;
  /** Lets requests under way finish for a moment, then ends them. */
  close(): Promise<void>;
}

/** Largest body: an `explain` with large headers. */
const MOST_BODY_BYTES = 128 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const CLOSE_GRACE_MS = 1000;

export function createAdminServer(deps: AdminDeps, options: AdminServerOptions): AdminServer {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, maxHeaderSize: 16_384 }, adminApp(deps, options));
  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port, options.host, () => {
          server.off('error', reject);
          resolve(server.address() as AddressInfo);
        });
      }),
    close: () => closeServer(server),
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const end = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(end);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** The order of all that happens to a request. */
function adminApp(deps: AdminDeps, { host, token, metricsToken, version }: AdminServerOptions): Express {
  const guard: AdminGuardOptions = {
    host,
    matchesToken: tokenMatcher(token),
    matchesMetricsToken: tokenMatcher(metricsToken),
  };
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing').enable('strict routing');
  app.set('query parser', 'simple');
  app.use(beginAnswer);
  app.use((req, _res, next) => {
    refuseForeign(req.headers, guard);
    next();
  });
  app.use(serveConsole());
  app.use((req, _res, next) => {
    const asked = operationsAt(req.path);
    if (!asked.some(({ open }) => open === true))
      requireToken(
        req.headers,
        guard,
        asked.some(({ forMetrics }) => forMetrics === true),
      );
    next();
  });
  app.use(requireJson, express.json({ limit: MOST_BODY_BYTES, type: 'application/json' }));
  for (const [id, handler] of Object.entries(allHandlers(deps, version)) as [AdminOperationId, AdminHandler][]) {
    const operation: AdminOperation = ADMIN_OPERATIONS[id];
    app[operation.method](expressPath(operation.path), serveOperation(operation, handler));
  }
  app.use(refuseUnserved);
  app.use(answerRefusal(deps));
  return app;
}

function allHandlers(deps: AdminDeps, version: string): Record<AdminOperationId, AdminHandler> {
  return {
    ...statusHandlers(deps, version),
    ...tableHandlers(deps),
    ...socketHandlers(deps),
    ...comparisonHandlers(deps),
    ...guardHandlers(deps),
    ...overrideHandlers(deps),
    ...jobHandlers(deps),
  };
}

const beginAnswer: RequestHandler = (req, res, next) => {
  const requestId = requestIdFrom(req.get('x-request-id'));
  res.locals.requestId = requestId;
  res.set({ 'X-Request-Id': requestId, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
  next();
};

/** Bodies that a plain form of another site could send are refused by their type. */
const requireJson: RequestHandler = (req, _res, next) => {
  const hasBody = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
  if ((hasBody || req.method === 'POST') && req.is('application/json') !== 'application/json')
    throw new AdminError('content_type_refused');
  next();
};

function serveOperation(operation: AdminOperation, handler: AdminHandler): RequestHandler {
  return async (req, res) => {
    const left = new AbortController();
    res.once('close', () => left.abort());
    reply(res, await handler({ ...readCall(operation, req), signal: left.signal }));
  };
}

function reply(res: Response, { status = 200, json, text }: AdminReply): void {
  res.status(status);
  if (text === undefined) res.json(json);
  else res.set('Content-Type', text.type).send(text.content);
}

const refuseUnserved: RequestHandler = (req, res) => {
  const allowed = methodsOf(req.path);
  if (allowed.length === 0) throw new AdminError('not_found');
  res.set('Allow', allowed.join(', '));
  throw new AdminError('method_not_allowed');
};

function answerRefusal({ log }: Pick<AdminDeps, 'log'>): ErrorRequestHandler {
  return (error: unknown, req: Request, res: Response, next) => {
    const requestId = String(res.locals.requestId);
    const { status, problem, fault } = refusalOf(asAdminError(error), requestId);
    const fields = { code: problem.error, method: req.method, path: req.path, requestId };
    if (fault)
      log.error('admin request failed', { ...fields, cause: error instanceof Error ? error.stack : String(error) });
    else log.info('admin request refused', { ...fields, peer: req.socket.remoteAddress, cause: causeOf(error) });
    if (res.headersSent) return next(error);
    if (status === 401) res.set('WWW-Authenticate', 'Bearer realm="facade admin"');
    res.status(status).json(problem);
  };
}

function causeOf(error: unknown): string | undefined {
  return error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined;
}

/** Express and its body parser name what is wrong with a request by a status and a type. */
function asAdminError(error: unknown): unknown {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number' || error.status >= 500)
    return error;
  if (error.status === 413) return new AdminError('body_too_large');
  if (error.status === 415) return new AdminError('content_type_refused');
  return new AdminError('request_invalid', `The request can't be read: ${error.message}`);
}

function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function operationsAt(path: string): readonly AdminOperation[] {
  return Object.values<AdminOperation>(ADMIN_OPERATIONS).filter((operation) =>
    new RegExp(`^${operation.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
}

/** GET is served under HEAD too. */
function methodsOf(path: string): string[] {
  const methods = operationsAt(path).map(({ method }) => method.toUpperCase());
  return methods.includes('GET') ? ['HEAD', ...methods].sort() : methods.sort();
}
