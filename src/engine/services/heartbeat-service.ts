/** Notes that a device lives, and what it says of itself (agents-http 7.2). */
import type { AdmittedDevice } from '../domain/admitted-device.js';
import { EngineError } from '../domain/engine-error.js';
import type { Heartbeat } from '../domain/heartbeat.js';
import type { RequestContext } from './request-context.js';
import { writeTime } from './write-time.js';

export class HeartbeatService {
  /**
   * Writes the device's own row alone, whose guid keeps its spelling: the device's tokens have the same.
   * @throws EngineError `device_not_registered` when the row has gone since the device was admitted
   */
  async record({ guid }: AdmittedDevice, beat: Heartbeat, { unitOfWork, clock }: RequestContext): Promise<void> {
    const at = writeTime(clock.now());
    const written = await unitOfWork.write(({ devices }) => devices.recordHeartbeat(guid, beat, at));
    if (!written) throw new EngineError('device_not_registered');
  }
}
