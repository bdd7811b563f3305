/**
 * Every HTTP route of the legacy, as data. The engine answers 404, 405 and `Allow` from it; the migration table has a row for each.
 * `/socket.io/` is not here: the legacy answers it before its application does.
 */

/** One route: what the legacy registers once, whatever the number of its methods. */
export interface LegacyRoute {
  /** Stable and unique, in kebab case. */
  readonly id: string;
  /** As registered. HEAD comes with GET; OPTIONS comes with each route. */
  readonly methods: readonly string[];
  readonly rule: string;
  /** True when the route's own handler answers OPTIONS, instead of the framework. */
  readonly answersOptions?: true;
  /** True when a request may make the legacy emit Socket.IO events (contract/sockets.md 7). */
  readonly emits?: true;
}

function route(id: string, methods: string, rule: string): LegacyRoute {
  return { id, methods: methods.split(' '), rule };
}

/** Retired file routes come in two families that differ in their prefix alone (contract/assemblies-and-runs.md 5). */
function retiredFileRoutes(family: 'scripts' | 'ansible'): LegacyRoute[] {
  const reads = ['list', 'load'].map((name) => route(`${family}-${name}`, 'GET', `/api/${family}/${name}`));
  const writes = [
    'save',
    'rename_file',
    'move_file',
    'delete_file',
    'create_folder',
    'delete_folder',
    'rename_folder',
  ].map((name) => route(`${family}-${name.replace('_', '-')}`, 'POST', `/api/${family}/${name}`));
  return [...reads, ...writes];
}

/** contract/agents-http.md */
const AGENT_ROUTES: readonly LegacyRoute[] = [
  route('enroll-request', 'POST', '/api/agent/enroll/request'),
  route('enroll-poll', 'POST', '/api/agent/enroll/poll'),
  route('token-refresh', 'POST', '/api/agent/token/refresh'),
  route('agent-script-request', 'POST', '/api/agent/script/request'),
  route('agent-heartbeat', 'POST', '/api/agent/heartbeat'),
  route('agent-details', 'POST', '/api/agent/details'),
  route('agent-checkin', 'POST', '/api/agent/checkin'),
  route('agent-service-account-rotate', 'POST', '/api/agent/service-account/rotate'),
  route('agent-hash', 'GET POST', '/api/agent/hash'),
  route('agent-hash-list', 'GET', '/api/agent/hash_list'),
  route('enrollment-codes', 'GET POST', '/api/admin/enrollment-codes'),
  route('enrollment-code', 'DELETE', '/api/admin/enrollment-codes/:code_id'),
  route('device-approvals', 'GET', '/api/admin/device-approvals'),
  route('device-approval-approve', 'POST', '/api/admin/device-approvals/:approval_id/approve'),
  route('device-approval-deny', 'POST', '/api/admin/device-approvals/:approval_id/deny'),
];

/** contract/sockets.md 6 */
const REGISTRY_ROUTES: readonly LegacyRoute[] = [
  route('agents', 'GET', '/api/agents'),
  route('agent', 'DELETE', '/api/agent/:agent_id'),
  { ...route('agent-provision', 'POST', '/api/agent/provision'), emits: true },
  route('agent-screenshot', 'GET', '/api/agent/:agent_id/node/:node_id/screenshot/live'),
];

/** contract/operators.md */
const OPERATOR_ROUTES: readonly LegacyRoute[] = [
  route('auth-login', 'POST', '/api/auth/login'),
  route('auth-mfa-verify', 'POST', '/api/auth/mfa/verify'),
  route('auth-logout', 'POST', '/api/auth/logout'),
  route('auth-me', 'GET', '/api/auth/me'),
  route('users', 'GET POST', '/api/users'),
  route('user', 'DELETE', '/api/users/:username'),
  route('user-reset-password', 'POST', '/api/users/:username/reset_password'),
  route('user-role', 'POST', '/api/users/:username/role'),
  route('user-mfa', 'POST', '/api/users/:username/mfa'),
  route('credentials', 'GET POST', '/api/credentials'),
  route('credential', 'GET PUT DELETE', '/api/credentials/:credential_id(int)'),
  route('github-token', 'GET POST', '/api/github/token'),
  route('sites', 'GET POST', '/api/sites'),
  route('site-rename', 'POST', '/api/sites/rename'),
  route('site-delete', 'POST', '/api/sites/delete'),
  route('site-assign', 'POST', '/api/sites/assign'),
  route('site-device-map', 'GET', '/api/sites/device_map'),
  route('search-suggest', 'GET', '/api/search/suggest'),
  route('devices', 'GET', '/api/devices'),
  route('agent-devices', 'GET', '/api/agent_devices'),
  route('device', 'GET', '/api/devices/:guid'),
  route('device-details', 'GET', '/api/device/details/:hostname'),
  route('device-description', 'POST', '/api/device/description/:hostname'),
  route('ssh-devices', 'GET POST', '/api/ssh_devices'),
  route('ssh-device', 'PUT DELETE', '/api/ssh_devices/:hostname'),
  route('winrm-devices', 'GET POST', '/api/winrm_devices'),
  route('winrm-device', 'PUT DELETE', '/api/winrm_devices/:hostname'),
  route('device-list-views', 'GET POST', '/api/device_list_views'),
  route('device-list-view', 'GET PUT DELETE', '/api/device_list_views/:view_id(int)'),
  route('device-activity', 'GET DELETE', '/api/device/activity/:hostname'),
  route('device-activity-job', 'GET', '/api/device/activity/job/:job_id(int)'),
];

/** contract/scheduler.md 3, 4 */
const SCHEDULER_ROUTES: readonly LegacyRoute[] = [
  route('scheduled-jobs', 'GET POST', '/api/scheduled_jobs'),
  route('scheduled-job', 'GET PUT DELETE', '/api/scheduled_jobs/:job_id(int)'),
  route('scheduled-job-toggle', 'POST', '/api/scheduled_jobs/:job_id(int)/toggle'),
  route('scheduled-job-runs', 'GET DELETE', '/api/scheduled_jobs/:job_id(int)/runs'),
  route('scheduled-job-devices', 'GET', '/api/scheduled_jobs/:job_id(int)/devices'),
];

/** contract/assemblies-and-runs.md 4 to 9, 11 */
const ASSEMBLY_AND_RUN_ROUTES: readonly LegacyRoute[] = [
  ...['list', 'load'].map((name) => route(`assembly-${name}`, 'GET', `/api/assembly/${name}`)),
  ...['create', 'edit', 'rename', 'move', 'delete'].map((name) =>
    route(`assembly-${name}`, 'POST', `/api/assembly/${name}`),
  ),
  ...retiredFileRoutes('scripts'),
  ...retiredFileRoutes('ansible'),
  { ...route('scripts-quick-run', 'POST', '/api/scripts/quick_run'), emits: true },
  { ...route('ansible-quick-run', 'POST', '/api/ansible/quick_run'), emits: true },
  { ...route('ansible-recap-report', 'POST', '/api/ansible/recap/report'), emits: true },
  route('ansible-recaps', 'GET', '/api/ansible/recaps'),
  route('ansible-recap', 'GET', '/api/ansible/recap/:recap_id(int)'),
  route('ansible-run-for-activity', 'GET', '/api/ansible/run_for_activity/:activity_id(int)'),
  { ...route('proxy', 'GET POST OPTIONS', '/api/proxy'), answersOptions: true },
  route('ocr', 'POST', '/api/ocr'),
  route('server-time', 'GET', '/api/server/time'),
  route('repo-current-hash', 'GET', '/api/repo/current_hash'),
];

/** `/health`, and the application's files: a catch-all for GET, which is why a GET of an unknown path is 404 and any other method 405. */
const WEB_ROUTES: readonly LegacyRoute[] = [
  route('health', 'GET', '/health'),
  route('spa-index', 'GET', '/'),
  route('spa', 'GET', '/:filename(path)'),
];

/** All routes of the legacy. */
export const LEGACY_ROUTES: readonly LegacyRoute[] = [
  ...AGENT_ROUTES,
  ...REGISTRY_ROUTES,
  ...OPERATOR_ROUTES,
  ...SCHEDULER_ROUTES,
  ...ASSEMBLY_AND_RUN_ROUTES,
  ...WEB_ROUTES,
];
