// One question at a time, and of those that wait only the newest.
//
// A slider asks many times a second. Aborting what runs at every move would show nothing until the hand rests; sending
// everything would show old answers after new ones. So the running question is let to end and its answer is shown, then
// the newest one that came meanwhile is asked. One that runs for too long is given up for it.

/** After this, a running question is aborted when another one waits. */
const PATIENCE_MS = 1500;

export class Latest<Q, A> {
  private running: { abort: AbortController; since: number } | null = null;
  private waiting: Q | null = null;
  private frame = 0;

  constructor(
    private readonly ask: (question: Q, signal: AbortSignal) => Promise<A>,
    private readonly answered: (answer: A, question: Q) => void,
    private readonly refused: (error: unknown, question: Q) => void,
    private readonly busy: (busy: boolean) => void,
  ) {}

  /** Asks at the next animation frame; a newer question before then takes its place. */
  put(question: Q): void {
    this.waiting = question;
    this.busy(true);
    if (this.running && performance.now() - this.running.since > PATIENCE_MS) this.running.abort.abort();
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.next();
    });
  }

  /** Forgets what waits, and what runs. */
  clear(): void {
    this.waiting = null;
    this.running?.abort.abort();
    this.running = null;
    this.busy(false);
  }

  private next(): void {
    if (this.running || this.waiting === null) return;
    const question = this.waiting;
    const running = { abort: new AbortController(), since: performance.now() };
    this.waiting = null;
    this.running = running;
    const ended = (tell: () => void) => {
      if (this.running !== running) return;
      this.running = null;
      if (!running.abort.signal.aborted) tell();
      if (this.waiting === null) this.busy(false);
      this.next();
    };
    this.ask(question, running.abort.signal).then(
      (answer) => ended(() => this.answered(answer, question)),
      (error: unknown) => ended(() => this.refused(error, question)),
    );
  }
}
