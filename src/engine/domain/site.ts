/** A group of devices. */
export interface Site {
  readonly id: number;
  readonly name: string;
  /** Empty when none was given. */
  readonly description: string;
  /** Epoch seconds; 0 when unknown. */
  readonly createdAt: number;
  /** Devices assigned, whether or not they exist. */
  readonly deviceCount: number;
}
