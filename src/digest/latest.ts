/**
 * A map of at most so many keys: those that were set first make room for new ones. Who looks for the oldest key of a map
 * from its beginning passes the places of all keys that were deleted before it, and in a flood those are most.
 */
export class Latest<Value> {
  private readonly values = new Map<string, Value>();
  private readonly most: number;
  /** Stays where it stopped: whatever is before it is deleted. */
  private oldest: Iterator<string> | undefined;

  constructor(most: number) {
    this.most = most;
  }

  get size(): number {
    return this.values.size;
  }

  get(key: string): Value | undefined {
    return this.values.get(key);
  }

  has(key: string): boolean {
    return this.values.has(key);
  }

  keys(): Iterable<string> {
    return this.values.keys();
  }

  entries(): Iterable<[string, Value]> {
    return this.values.entries();
  }

  /** A key that is there keeps its place; to be the latest it is deleted first. */
  set(key: string, value: Value): void {
    if (this.values.size >= this.most && !this.values.has(key)) this.makeRoom();
    this.values.set(key, value);
  }

  delete(key: string): boolean {
    return this.values.delete(key);
  }

  /** Forgets the oldest key when there is no room for one more. Returns what stood under it. */
  makeRoom(): Value | undefined {
    return this.values.size < this.most ? undefined : this.forgetOldest();
  }

  /** Returns what stood under the oldest key. There must be one. */
  forgetOldest(): Value | undefined {
    this.oldest ??= this.values.keys();
    const key = this.oldest.next().value as string;
    const gone = this.values.get(key);
    this.values.delete(key);
    return gone;
  }
}
