/** What is remembered of each machine, made when first asked for. Quick when the same machine is asked for again. */
export class PerMachine<Value> {
  private readonly values = new Map<string, Value>();
  private readonly create: () => Value;
  private lastName: string | undefined;
  private last: Value | undefined;

  constructor(create: () => Value) {
    this.create = create;
  }

  of(name: string): Value {
    if (name === this.lastName) return this.last as Value;
    let value = this.values.get(name);
    if (value === undefined) {
      // Forged host names of a central log: those that are in use come back.
      if (this.values.size >= MOST_MACHINES) this.values.delete(this.values.keys().next().value as string);
      value = this.create();
      this.values.set(name, value);
    }
    this.lastName = name;
    this.last = value;
    return value;
  }

  all(): Iterable<Value> {
    return this.values.values();
  }
}

const MOST_MACHINES = 10_000;
