// How much memory V8 may take: a machine that reads its logs at night has other things to do with it.
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** Two semi-spaces of 8 MiB. V8 would go on to twice that: up to 45 MiB more at the peak of a busy day. */
const YOUNG_GENERATION = 16 * 1024 * 1024;
const BETWEEN_LOOKS_MS = 5;

/** Keeps the heap small for the rest of the process. */
export function boundHeap(): void {
  // V8 lets a heap grow to several times of what is in use before it looks for garbage. The flag is looked up at every
  // collection, so setting it late is early enough.
  setFlagsFromString("--heap-growing-percent=30");
  // The young generation has its limit at the start of a process; later only its growth can be stopped.
  const looks = setInterval(() => {
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
    if (young === undefined || young.space_size < YOUNG_GENERATION) return;
    setFlagsFromString("--semi-space-growth-factor=1");
    clearInterval(looks);
  }, BETWEEN_LOOKS_MS).unref();
}
