/** What an asked thread and its asker say to each other, whatever it is about. */

/** Zero as the number: no answer is waited for. */
export interface ThreadQuestion<Question> {
  readonly id: number;
  readonly question: Question;
}

export type ThreadReply<Answer, News> =
  /** Something of use before the answer, which follows. */
  | { readonly id: number; readonly news: News }
  | { readonly id: number; readonly answer: Answer }
  /** The question failed; the thread goes on. `code` of the error, empty when it had none. */
  | { readonly id: number; readonly code: string; readonly error: Error };
