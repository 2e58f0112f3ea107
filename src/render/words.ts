// Numbers and lists as an English sentence wants them. Locales are spelled out: a mail must not change its commas with
// the LANG of the machine that wrote it.

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `1,341` */
export function thousands(value: number): string {
  return grouped.format(value);
}

/** `1 login`, `1,341 tries` */
export function count(value: number, one: string, many: string = `${one}s`): string {
  return `${thousands(value)} ${value === 1 ? one : many}`;
}

/** `root, admin and 41 more`: the first `shown` of `names`, and how many of `total` are left. */
export function names(list: readonly string[], shown: number, total: number = list.length): string {
  const told = list.slice(0, shown);
  const left = Math.max(0, total - told.length);
  if (left > 0) return told.length === 0 ? thousands(left) : `${told.join(", ")} and ${thousands(left)} more`;
  return told.length < 2 ? (told[0] ?? "") : `${told.slice(0, -1).join(", ")} and ${told.at(-1)}`;
}

/** `45 s`, `13 min`, `2 h 10 min`, `3 d 4 h`: at most two units, cut and not rounded. */
export function duration(seconds: number): string {
  const units = [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
    ["s", 1],
  ] as const;
  const at = Math.max(0, seconds < 1 ? 3 : units.findIndex(([, size]) => seconds >= size));
  const [name, size] = units[at] ?? ["s", 1];
  const first = `${thousands(Math.floor(seconds / size))} ${name}`;
  const next = units[at + 1];
  // Seconds beside minutes are noise.
  if (next === undefined || next[1] === 1) return first;
  const rest = Math.floor((seconds % size) / next[1]);
  return rest === 0 ? first : `${first} ${rest} ${next[0]}`;
}

/** `31 MB`, as disks and `ls -h --si` count them. */
export function bytes(value: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let size = value;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  const digits = unit > 0 && size < 9.95 ? size.toFixed(1) : thousands(size);
  return `${digits} ${unit === 0 && value === 1 ? "byte" : units[unit]}`;
}
