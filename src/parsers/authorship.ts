// Who wrote a file. `sshd -E FILE` and `sshd -e` write messages alone, without a time, and let a line break in a user
// name through: whatever stands in such a file may be the words of whoever knocked.

/** How messages of sshd begin that an attacker can break in two, and the line that such a file begins with. */
const OF_SSHD = [
  "Invalid user ",
  "Failed password for ",
  "Failed none for ",
  "Failed publickey for ",
  "Failed keyboard-interactive",
  "Accepted password for ",
  "Accepted publickey for ",
  "Accepted keyboard-interactive",
  "Connection closed by ",
  "Connection reset by ",
  "Connection from ",
  "Disconnected from ",
  "Disconnecting ",
  "Received disconnect from ",
  "Postponed ",
  "Unable to negotiate with ",
  "User ",
  "error: PAM: ",
  "error: maximum authentication attempts exceeded for ",
  "Server listening on ",
];

/** So many whole lines fit behind one line break of the 400 bytes that a client can say to sshd. */
const FORGED_BY_ONE = 6;

/** What the lines of one file so far say about who wrote it. */
export class Authorship {
  /** Lines that should have a time, and those of them that have none. */
  private expected = 0;
  private unstamped = 0;
  /** Of the lines without a time, those that name a program, and those that are a message of sshd alone. */
  private tagged = 0;
  private bare = 0;
  /** A line of the file has a time. */
  isStamped = false;

  expect(lines: number): void {
    this.expected += lines;
  }

  sawStamp(): void {
    this.isStamped = true;
  }

  /** @param isTagged the line names a program */
  sawUnstamped(text: string, from: number, isTagged: boolean): void {
    this.unstamped++;
    if (isTagged) this.tagged++;
    if (OF_SSHD.some((words) => text.startsWith(words, from))) this.bare++;
  }

  /**
   * Where most lines have no time, or where messages of sshd alone stand in number, a login is anybody's claim.
   */
  get mayBeSshdsOwn(): boolean {
    return this.unstamped * 2 > this.expected || this.expected - this.unstamped < FORGED_BY_ONE * this.bare;
  }

  /** Where most lines without a time name a program, a line that names one is no forgery by that alone. */
  get isTagged(): boolean {
    return this.tagged * 2 > this.unstamped;
  }
}
