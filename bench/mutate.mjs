// A million damaged lines: bytes of real ones flipped, deleted, repeated, swapped between lines. None may throw, none may
// take 50 ms, and no address may come out that does not stand in the input.
//
//   npm run mutate -- [--lines 1000000] [--seed 1] [FOLDER ...]       default: fixtures
//
// Prints the seed, so that what went wrong happens again.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { build } from "esbuild";

const project = fileURLToPath(new URL("..", import.meta.url));
const MOST_MS = 50;
/** Lines of one input file: as many are read together, as a log has neighbours. */
const TOGETHER = 200;
/** Lines kept of each sample. */
const MOST_OF_A_FILE = 5_000;

const options = { lines: 1_000_000, seed: 1, folders: [] };
for (let i = 2; i < process.argv.length; i++) {
  if (process.argv[i] === "--lines") options.lines = Number(process.argv[++i]);
  else if (process.argv[i] === "--seed") options.seed = Number(process.argv[++i]);
  else options.folders.push(process.argv[i]);
}
if (options.folders.length === 0) options.folders.push(join(project, "fixtures"));

const { parse, shape } = await program();
const lines = options.folders.flatMap((folder) => linesUnder(resolve(folder)));
if (lines.length === 0) throw new Error(`no lines in ${options.folders.join(", ")}`);
console.log(`${lines.length} lines, seed ${options.seed}`);

const random = randomOf(options.seed);
const pick = (n) => Math.floor(random() * n);
let done = 0;
let events = 0;
let slowest = 0;
let wrong = 0;
const started = performance.now();
while (done < options.lines && wrong < 10) {
  const damaged = Array.from({ length: TOGETHER }, () => damage(lines[pick(lines.length)]));
  done += TOGETHER;
  const before = performance.now();
  try {
    const found = await parse(damaged);
    events += found.length;
    for (const event of found) check(event, damaged);
  } catch (error) {
    await narrow(
      damaged,
      (some) =>
        parse(some).then(
          () => false,
          () => true,
        ),
      `throws ${error.stack}`,
    );
  }
  // Only when all of them together take as long as one may is it worth asking which.
  if (performance.now() - before > MOST_MS) await timed(damaged);
  if (done % (TOGETHER * 50) === 0) for (const line of damaged) shape(line.toString("latin1"));
}
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(
  `${done} damaged lines, ${events} events, slowest line ${slowest.toFixed(1)} ms, ${seconds} s, ${wrong} wrong`,
);
process.exitCode = wrong > 0 ? 1 : 0;

/** The parse stage, bundled from the source, on lines that stand in memory. */
async function program() {
  const from = (path) => JSON.stringify(join(project, "src", path));
  const contents = `
    import { dispatch } from ${from("parsers/index.ts")};
    import { parseLines } from ${from("parsers/parse-lines.ts")};
    import { shapeOf } from ${from("parsers/shapes.ts")};
    import { newLedger } from ${from("sources/source.ts")};
    import { lineClock } from ${from("window/line-clock.ts")};
    import { zoneClock } from ${from("window/zone.ts")};
    const EVER = { leadIn: Number.MIN_SAFE_INTEGER, from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };
    const zone = zoneClock("Europe/Berlin");
    export const shape = shapeOf;
    export async function parse(lines) {
      const starts = new Uint32Array(lines.length), ends = new Uint32Array(lines.length);
      let text = "";
      lines.forEach((line, i) => {
        starts[i] = text.length;
        text += line.toString("latin1");
        ends[i] = text.length;
        text += "\\n";
      });
      const clock = lineClock(zone, Date.UTC(2026, 11, 1));
      async function* batches() {
        yield { file: "x", text, starts, ends, count: lines.length, firstLine: 1, clock };
      }
      const events = [];
      const options = { dispatch, span: EVER, ledger: newLedger("x", false), host: undefined, keepUndated: true };
      for await (const batch of parseLines(batches(), options)) for (const { event } of batch) events.push(event);
      return events;
    }`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: project },
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20.19",
    absWorkingDir: project,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

function linesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(md|jsonl|plist|mjs|toml|json|journal\.gz|export\.gz)$/.test(entry.name))
    .sort((a, b) => (join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1))
    .flatMap((entry) => {
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      const text = (entry.name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1");
      const all = text.split("\n").filter((line) => line !== "");
      const step = Math.max(1, Math.floor(all.length / MOST_OF_A_FILE));
      return all.filter((_, i) => i % step === 0).map((line) => Buffer.from(line, "latin1"));
    });
}

/** One to four accidents. */
function damage(line) {
  let bytes = Buffer.from(line);
  for (let accidents = 1 + pick(4); accidents > 0; accidents--) {
    const at = pick(bytes.length + 1);
    const to = Math.min(bytes.length, at + pick(24));
    const [head, middle, tail] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
    switch (pick(8)) {
      case 0:
        if (at < bytes.length) bytes[at] ^= 1 << pick(8);
        break;
      case 1:
        bytes = Buffer.concat([head, tail]);
        break;
      case 2:
        bytes = Buffer.concat([head, middle, middle, tail]);
        break;
      case 3:
        bytes = Buffer.from(head);
        break;
      case 4:
        bytes = Buffer.concat([
          head,
          Buffer.from(" []():;<>\"'{}=\\#%,.-\0\t\xff\xc3"[pick(26)] ?? " ", "latin1"),
          tail,
        ]);
        break;
      case 5: {
        // What another line says from here on.
        const other = lines[pick(lines.length)];
        bytes = Buffer.concat([head, other.subarray(pick(other.length))]);
        break;
      }
      case 6:
        // Once in a while a line of 60 kB: a rule that looks at it twice for every character shows.
        if (pick(200) === 0 && middle.length > 0) {
          const times = Math.floor(60_000 / middle.length);
          bytes = Buffer.concat([head, ...Array.from({ length: times }, () => middle), tail]);
        }
        break;
      default:
        bytes = Buffer.concat([Buffer.from(middle), head, tail]);
    }
  }
  return Buffer.from(bytes.subarray(0, 65_536).toString("latin1").replaceAll("\n", " "), "latin1");
}

/** The address of an event must stand in its line; JSON and repeat lines hold it elsewhere or as bytes. */
function check({ ip, head: { line }, repeat }, damaged) {
  const text = damaged[line - 1].toString("latin1");
  if (
    ip === undefined ||
    (ip.includes(":") && ip.includes(".")) ||
    repeat > 1 ||
    text.startsWith("{") ||
    text.includes("last message repeated ")
  )
    return;
  // IPv6 is written anew: one group of it must be there, unless its tail became decimal.
  const piece = ip.includes(":") ? (/[0-9a-f]{1,4}/.exec(ip)?.[0] ?? "") : ip;
  if (!text.toLowerCase().includes(piece)) report(`${ip} is not in ${JSON.stringify(text.slice(0, 400))}`);
}

async function timed(damaged) {
  for (const line of damaged) {
    const before = performance.now();
    await parse([line]);
    let ms = performance.now() - before;
    if (ms > MOST_MS) {
      // The collector or another process may have been busy.
      for (let again = 0; again < 3; again++) {
        const start = performance.now();
        await parse([line]);
        ms = Math.min(ms, performance.now() - start);
      }
    }
    slowest = Math.max(slowest, ms);
    if (ms > MOST_MS)
      report(`${ms.toFixed(0)} ms for ${line.length} bytes: ${JSON.stringify(line.toString("latin1").slice(0, 400))}`);
  }
}

/** Finds the one line that does it. */
async function narrow(damaged, fails, what) {
  for (const line of damaged) {
    if (await fails([line])) return report(`${what}\n${JSON.stringify(line.toString("latin1").slice(0, 2000))}`);
  }
  report(`${what} (only together)`);
}

function report(what) {
  wrong++;
  console.log(`WRONG: ${what}`);
}

/** mulberry32 */
function randomOf(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
