/**
 * Whether anything else may have been written while one write was watched. Counts starts and ends, which is cheap enough to be
 * done for every request; looks at what clients sent over sockets only when it is asked.
 */

/** A moment in the ledger. */
export interface LedgerMark {
  readonly begun: number;
  readonly underWay: number;
  readonly socketBytes: number;
}

export class WriteLedger {
  readonly #socketBytes: () => number;
  #begun = 0;
  #underWay = 0;

  /** @param socketBytes bytes that clients have sent over sockets so far, without heartbeats */
  constructor(socketBytes: () => number) {
    this.#socketBytes = socketBytes;
  }

  /** A request that may write goes to a side. */
  begin(): void {
    this.#begun += 1;
    this.#underWay += 1;
  }

  end(): void {
    this.#underWay -= 1;
  }

  mark(): LedgerMark {
    return { begun: this.#begun, underWay: this.#underWay, socketBytes: this.#socketBytes() };
  }

  /**
   * Whether a request wrote, or may have, since the mark. Sockets are left out: on a fleet that talks all the time no read could be
   * compared, and what reads show of that is noise.
   */
  wroteSince({ begun, underWay }: LedgerMark): boolean {
    return underWay > 0 || this.#begun > begun;
  }

  /** The same, sockets included. */
  touchedSince(mark: LedgerMark): boolean {
    return this.wroteSince(mark) || this.#socketBytes() !== mark.socketBytes;
  }

  /** Whether there was, or may have been, another write than the one that was begun after the mark. */
  overlapped({ begun, underWay, socketBytes }: LedgerMark): boolean {
    return underWay > 0 || this.#begun > begun + 1 || this.#socketBytes() !== socketBytes;
  }
}
