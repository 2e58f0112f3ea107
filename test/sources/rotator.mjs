// Writes numbered lines into LOG, and rotates it as logrotate does, again and again:
//   rotator.mjs LOG rename|copytruncate ROTATIONS
// Writes "done LINES" when it has ended. Between a copy and its truncation it writes nothing: what a daemon writes then
// is lost to everybody.
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";

const [log, how, rotations] = process.argv.slice(2);
const start = Date.UTC(2026, 9, 18);
let written = 0;

const wait = () => delay(Math.random() * 4);

async function append() {
  const count = Math.floor(Math.random() * 400);
  for (let i = 0; i < count; i++) {
    const time = new Date(start + ++written * 1000).toISOString();
    const line = `${time} mini su[${written % 30_000}]: line ${written}\n`;
    // Now and then a line comes in two pieces.
    if (Math.random() < 0.01) {
      const middle = Math.floor(Math.random() * line.length);
      appendFileSync(log, line.slice(0, middle));
      await wait();
      appendFileSync(log, line.slice(middle));
    } else appendFileSync(log, line);
  }
}

async function rotate() {
  for (let n = 30; n > 0; n--) {
    for (const ending of ["", ".gz"]) {
      if (existsSync(`${log}.${n}${ending}`)) renameSync(`${log}.${n}${ending}`, `${log}.${n + 1}${ending}`);
    }
  }
  if (how === "rename") renameSync(log, `${log}.1`);
  else {
    copyFileSync(log, `${log}.1`);
    await wait();
    truncateSync(log, 0);
  }
  writeFileSync(log, "", { flag: "a" });
  await append();
  // Compressed a moment later, in pieces, under the name that it keeps.
  const packed = gzipSync(readFileSync(`${log}.1`));
  writeFileSync(`${log}.1.gz`, "");
  await wait();
  appendFileSync(`${log}.1.gz`, packed.subarray(0, packed.length / 2));
  await wait();
  appendFileSync(`${log}.1.gz`, packed.subarray(packed.length / 2));
  await wait();
  rmSync(`${log}.1`);
}

for (let i = 0; i < Number(rotations); i++) {
  await append();
  await delay(20);
  await rotate();
  await append();
}
process.stdout.write(`done ${written}\n`);
