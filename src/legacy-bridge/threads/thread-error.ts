/** Why a thread gave no answer: one union of codes, one class. */
export type ThreadErrorCode =
  /** The question failed in the thread, which goes on; `failure` is the code of what failed there. */
  | 'question_failed'
  /** The thread ended; the next question starts another. */
  | 'thread_ended'
  /** Nothing was heard of it for longer than it may be silent, so that it was ended. */
  | 'thread_silent'
  /** It was closed by its owner. */
  | 'thread_closed';

export class ThreadError extends Error {
  readonly code: ThreadErrorCode;
  /** Of the error in the thread, such as SQLite's; empty when it had none, and with the other codes. */
  readonly failure: string;

  constructor(code: ThreadErrorCode, message: string, failure = '') {
    super(message);
    this.name = 'ThreadError';
    this.code = code;
    this.failure = failure;
  }
}

/** @param error as it came over from the thread */
export function questionFailed(failure: string, error: Error): ThreadError {
  const failed = new ThreadError('question_failed', error.message, failure);
  // Where it failed is of more use than where that was heard of.
  if (error.stack !== undefined) failed.stack = error.stack;
  return failed;
}
