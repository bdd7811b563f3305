/** Every repository over one connection. */
import type { Repositories } from '../unit-of-work.js';
import { SqliteActivityRepository } from './sqlite-activity-repository.js';
import { SqliteApprovalRepository } from './sqlite-approval-repository.js';
import type { SqliteConnection } from './sqlite-connection.js';
import { SqliteCredentialRepository } from './sqlite-credential-repository.js';
import { SqliteDeviceKeyRepository } from './sqlite-device-key-repository.js';
import { SqliteDeviceRepository } from './sqlite-device-repository.js';
import { SqliteInstallCodeRepository } from './sqlite-install-code-repository.js';
import { SqliteJobOwnerRepository } from './sqlite-job-owner-repository.js';
import { SqliteJobResultRepository } from './sqlite-job-result-repository.js';
import { SqliteRecapRepository } from './sqlite-recap-repository.js';
import { SqliteRefreshTokenRepository } from './sqlite-refresh-token-repository.js';
import { SqliteScheduledJobRepository } from './sqlite-scheduled-job-repository.js';
import { SqliteScheduledRunRepository } from './sqlite-scheduled-run-repository.js';
import { SqliteServerRunRepository } from './sqlite-server-run-repository.js';
import { SqliteServiceAccountRepository } from './sqlite-service-account-repository.js';
import { SqliteSiteRepository } from './sqlite-site-repository.js';
import { SqliteUserRepository } from './sqlite-user-repository.js';

export function sqliteRepositories(connection: SqliteConnection): Repositories {
  return Object.freeze({
    activities: new SqliteActivityRepository(connection),
    approvals: new SqliteApprovalRepository(connection),
    credentials: new SqliteCredentialRepository(connection),
    devices: new SqliteDeviceRepository(connection),
    deviceKeys: new SqliteDeviceKeyRepository(connection),
    serviceAccounts: new SqliteServiceAccountRepository(connection),
    installCodes: new SqliteInstallCodeRepository(connection),
    jobOwners: new SqliteJobOwnerRepository(connection),
    jobResults: new SqliteJobResultRepository(connection),
    recaps: new SqliteRecapRepository(connection),
    refreshTokens: new SqliteRefreshTokenRepository(connection),
    scheduledJobs: new SqliteScheduledJobRepository(connection),
    scheduledRuns: new SqliteScheduledRunRepository(connection),
    serverRuns: new SqliteServerRunRepository(connection),
    sites: new SqliteSiteRepository(connection),
    users: new SqliteUserRepository(connection),
  });
}
