/** Requests one after the other on kept connections; every answer is counted, and every failure is kept. */
import { Pool } from 'undici';

export interface SteadyLoad {
  /** Answers so far, by the side that gave them. */
  readonly answers: Readonly<Record<string, number>>;
  /** Statuses other than 200, and errors. */
  readonly failures: readonly string[];
  /** Milliseconds of each request. */
  readonly durations: readonly number[];
  stop(): Promise<void>;
}

/** @param connections how many ask at once */
export function startSteadyLoad(address: string, path: string, connections: number): SteadyLoad {
  const pool = new Pool(address, { connections });
  const answers: Record<string, number> = { legacy: 0, engine: 0 };
  const failures: string[] = [];
  const durations: number[] = [];
  let running = true;
  const ask = async (): Promise<void> => {
    while (running) {
      const from = performance.now();
      try {
        const { statusCode, headers, body } = await pool.request({ method: 'GET', path });
        await body.dump();
        const side = String(headers['x-facade-served-by']);
        if (statusCode === 200) answers[side] = (answers[side] ?? 0) + 1;
        else failures.push(`${statusCode} by ${side}`);
      } catch (error) {
        failures.push(String(error));
      }
      durations.push(performance.now() - from);
    }
  };
  const workers = Array.from({ length: connections }, ask);
  return {
    answers,
    failures,
    durations,
    async stop() {
      running = false;
      await Promise.all(workers);
      await pool.close();
    },
  };
}
