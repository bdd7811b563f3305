/**
 * Lets clients in a few at a time. An agent gives up when its joining is not answered within a second (agent-protocol 6.2): when a
 * fleet comes at once, those who are let in are answered quickly, and the others wait before their upgrade is answered, which they
 * do for long. Places are for what a server owes, never for what it waits for from a client: silence must keep nobody out.
 */
import { networkOf } from '../values/network-of.js';

export interface GreetingGateOptions {
  /** Places: clients that are owed something at once. */
  readonly most: number;
  /** Milliseconds after which one that is still owed something no longer counts. */
  readonly patienceMs: number;
}

/** A client that wants in. One of the two is called, once, unless it gives up before. */
export interface Arrival {
  /** Addresses take turns, a network of IPv6 as one: one from which many come keeps no other out. */
  readonly address: string;
  /** Now or when there is room. @param leave to be called once it was given what it is owed, or has gone; further calls do nothing */
  start(leave: () => void): void;
  /** The gate is closed. */
  refused(): void;
}

/** Those of one address who wait. */
interface Line {
  readonly arrivals: Set<Arrival>;
  /** Goes on from whoever was first before, instead of past all who were. */
  readonly inOrder: Iterator<Arrival>;
}

/** The part of the places that joinings never fill: clients that join over and over must not keep others from coming. */
const SHARE_OF_ARRIVALS = 1 / 4;

export class GreetingGate {
  readonly #options: GreetingGateOptions;
  /** By address or network, in order of coming; the addresses in order of their turns. */
  readonly #waiting = new Map<string, Line>();
  #arrivals = 0;
  #joinings = 0;
  #isAdmitting = false;
  #admitsSoon = false;
  #isClosed = false;

  constructor(options: GreetingGateOptions) {
    this.#options = options;
  }

  /** @returns what takes it from those who wait, for a client that has gone; does nothing once it was let in */
  enter(arrival: Arrival): () => void {
    if (this.#isClosed) {
      arrival.refused();
      return () => undefined;
    }
    const network = networkOf(arrival.address);
    const line = this.#waiting.get(network);
    if (line === undefined) this.#waiting.set(network, lineOf(arrival));
    else line.arrivals.add(arrival);
    this.#admit();
    return () => this.#remove(arrival);
  }

  /** Counts one that is in already, and has asked to join. @returns what is to be called once it has been served */
  join(): () => void {
    this.#joinings += 1;
    return this.#place(() => {
      this.#joinings -= 1;
    });
  }

  /** Refuses those who wait, and whoever comes. */
  close(): void {
    this.#isClosed = true;
    const waiting = [...this.#waiting.values()].flatMap(({ arrivals }) => [...arrivals]);
    this.#waiting.clear();
    for (const arrival of waiting) arrival.refused();
  }

  get #hasRoom(): boolean {
    const { most } = this.#options;
    return this.#arrivals + this.#joinings < most || this.#arrivals < Math.floor(most * SHARE_OF_ARRIVALS);
  }

  /** When all that has happened is known: of many who go at once none is to be let in to the place of another. */
  #admitSoon(): void {
    if (this.#admitsSoon || this.#waiting.size === 0) return;
    this.#admitsSoon = true;
    setImmediate(() => {
      this.#admitsSoon = false;
      this.#admit();
    });
  }

  /** One after the other: whoever comes while one is let in waits for the end of that. */
  #admit(): void {
    if (this.#isAdmitting) return;
    this.#isAdmitting = true;
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) this.#start(next);
    } finally {
      this.#isAdmitting = false;
    }
  }

  /** @returns whose turn it is, if there is room */
  #next(): Arrival | undefined {
    if (!this.#hasRoom) return undefined;
    for (const [address, line] of this.#waiting) {
      const arrival: Arrival = line.inOrder.next().value;
      this.#waiting.delete(address);
      line.arrivals.delete(arrival);
      if (line.arrivals.size > 0) this.#waiting.set(address, line);
      return arrival;
    }
    return undefined;
  }

  #start(arrival: Arrival): void {
    this.#arrivals += 1;
    const leave = this.#place(() => {
      this.#arrivals -= 1;
    });
    try {
      arrival.start(leave);
    } catch (error) {
      // Makes room for those behind it; the failure is the caller's to see.
      leave();
      throw error;
    }
  }

  #place(giveBack: () => void): () => void {
    let isIn = true;
    const leave = (): void => {
      if (!isIn) return;
      isIn = false;
      clearTimeout(timer);
      giveBack();
      this.#admitSoon();
    };
    const timer = setTimeout(leave, this.#options.patienceMs);
    return leave;
  }

  #remove(arrival: Arrival): void {
    const network = networkOf(arrival.address);
    const line = this.#waiting.get(network);
    line?.arrivals.delete(arrival);
    if (line?.arrivals.size === 0) this.#waiting.delete(network);
  }
}

function lineOf(first: Arrival): Line {
  const arrivals = new Set([first]);
  return { arrivals, inOrder: arrivals.values() };
}
