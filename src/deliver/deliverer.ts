// What every way of sending has in common.

/** A digest as a mail, rendered once. */
export interface Message {
  /** Message-ID with its angle brackets; the same for a second try of the same digest. */
  readonly id: string;
  /** Envelope sender: the bare address. A display name stands in `raw` only. */
  readonly from: string;
  /** Envelope recipients: bare addresses. */
  readonly to: readonly string[];
  readonly subject: string;
  /** The whole MIME message with CRLF line ends. */
  readonly raw: Buffer;
}

/** What became of one recipient. `later` is worth another try, `refused` is not, `unknown` may have arrived. */
export interface Receipt {
  readonly to: string;
  readonly result: "accepted" | "later" | "refused" | "unknown";
  /** The SMTP reply code or the HTTP status, where there is one. */
  readonly code?: number | undefined;
  /** How long the server wants to be left alone before another try; only with `later`. */
  readonly retryAfterMs?: number | undefined;
  /** One line for a person; never a secret. */
  readonly text: string;
}

export interface Deliverer {
  /** `maildir`, `smtp`, `sendmail`. */
  readonly channel: string;
  /**
   * Hands the message over once, to all its recipients; never retries, never throws for what a server or a disk
   * says. Ends when `signal` aborts, and leaves no connection, process or half-written file behind.
   *
   * @returns one receipt a recipient, in the order of `message.to`
   */
  deliver(message: Message, signal: AbortSignal): Promise<readonly Receipt[]>;
}
