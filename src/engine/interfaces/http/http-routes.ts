/** Every route that the engine serves, on one screen. */
import type { Container } from '../../container.js';
import { activityRoutes } from './activity-routes.js';
import { agentHashRoutes } from './agent-hash-routes.js';
import { agentRegistryRoutes } from './agent-registry-routes.js';
import { authRoutes } from './auth-routes.js';
import { deviceRoutes } from './device-routes.js';
import { enrollmentAdminRoutes } from './enrollment-admin-routes.js';
import { enrollmentRoutes } from './enrollment-routes.js';
import type { HttpRoute } from './http-route.js';
import { internalRoutes } from './internal-routes.js';
import { playbookRoutes } from './playbook-routes.js';
import { quickRunRoutes } from './quick-run-routes.js';
import { scheduledJobRoutes } from './scheduled-job-routes.js';
import { serverInfoRoutes } from './server-info-routes.js';
import { siteRoutes } from './site-routes.js';
import { staticRoutes } from './static/static-routes.js';
import { tokenRoutes } from './token-routes.js';

/** @param overSocket also the routes that only the facade may call */
export function httpRoutes(container: Container, overSocket: boolean): readonly HttpRoute[] {
  const served = [
    ...serverInfoRoutes(),
    ...enrollmentRoutes(container.enrollment),
    ...enrollmentAdminRoutes(container),
    ...tokenRoutes(container.tokenRefresh),
    ...deviceRoutes(container),
    ...agentHashRoutes(container.agentHashes),
    ...agentRegistryRoutes(container.agentRegistry),
    ...authRoutes(container),
    ...siteRoutes(container.sites),
    ...scheduledJobRoutes(container),
    ...quickRunRoutes(container.quickRuns),
    ...playbookRoutes(container),
    ...activityRoutes(container.activities),
    ...staticRoutes(container.settings.staticRoot),
  ];
  return overSocket ? [...served, ...internalRoutes(container, served)] : served;
}
