/** How services reach the database: repositories inside a unit of work, never a connection. */
import type { ActivityRepository } from './activity-repository.js';
import type { ApprovalRepository } from './approval-repository.js';
import type { CredentialRepository } from './credential-repository.js';
import type { DeviceKeyRepository } from './device-key-repository.js';
import type { DeviceRepository } from './device-repository.js';
import type { InstallCodeRepository } from './install-code-repository.js';
import type { JobOwnerRepository } from './job-owner-repository.js';
import type { JobResultRepository } from './job-result-repository.js';
import type { RecapRepository } from './recap-repository.js';
import type { RefreshTokenRepository } from './refresh-token-repository.js';
import type { ScheduledJobRepository } from './scheduled-job-repository.js';
import type { ScheduledRunRepository } from './scheduled-run-repository.js';
import type { ServerRunRepository } from './server-run-repository.js';
import type { ServiceAccountRepository } from './service-account-repository.js';
import type { SiteRepository } from './site-repository.js';
import type { UserRepository } from './user-repository.js';

/** Every repository, bound to one connection. Valid only within the call that they were given to. */
export interface Repositories {
  readonly activities: ActivityRepository;
  readonly approvals: ApprovalRepository;
  readonly credentials: CredentialRepository;
  readonly devices: DeviceRepository;
  readonly deviceKeys: DeviceKeyRepository;
  readonly serverRuns: ServerRunRepository;
  readonly serviceAccounts: ServiceAccountRepository;
  readonly installCodes: InstallCodeRepository;
  readonly jobOwners: JobOwnerRepository;
  readonly jobResults: JobResultRepository;
  readonly recaps: RecapRepository;
  readonly refreshTokens: RefreshTokenRepository;
  readonly scheduledJobs: ScheduledJobRepository;
  readonly scheduledRuns: ScheduledRunRepository;
  readonly sites: SiteRepository;
  readonly users: UserRepository;
}

/**
 * Both calls wait while another process holds the database, without holding up the event loop, up to a deadline.
 * @throws EngineError `database_busy` after the deadline, `database_unavailable` when it can't be read or written
 */
export interface UnitOfWork {
  /** Statements that see committed data; each sees the newest. */
  read<T>(work: (repositories: Repositories) => Promise<T>): Promise<T>;
  /**
   * One transaction that holds the write lock from its first moment: all of `work` is kept, or, when it rejects, nothing.
   * Work must not wait for anything but its repositories. A busy database may cause no second call of `work`.
   */
  write<T>(work: (repositories: Repositories) => Promise<T>): Promise<T>;
}
