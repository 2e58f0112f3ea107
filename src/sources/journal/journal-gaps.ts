// What the numbers of its records tell of a journal: journald counts them through all files that belong together.
import type { Instant } from "../../events/event.ts";
import { isUsers, type JournalFile, type JournalHeader } from "./journal-files.ts";

/** Numbers are lost when a record cannot be written, a few at the end of a file. */
const FEW_RECORDS = 100;

type Filled = JournalFile & { readonly header: JournalHeader };

function isFilled(file: JournalFile): file is Filled {
  return file.header !== undefined && file.header.records > 0;
}

function inOrder(files: readonly JournalFile[]): Filled[] {
  return files.filter(isFilled).sort((one, other) => one.header.firstNumber - other.header.firstNumber);
}

/** Periods between two files whose records were numbered and are in no file. Nothing is said when one is unreadable. */
export function holesIn(files: readonly JournalFile[]): { readonly begin: Instant; readonly end: Instant }[] {
  if (files.some(({ header }) => header === undefined)) return [];
  const reached = new Map<string, JournalHeader>();
  return inOrder(files).flatMap(({ header }) => {
    const before = reached.get(header.sequence);
    if (before === undefined || header.lastNumber > before.lastNumber) reached.set(header.sequence, header);
    const isHole = before !== undefined && header.firstNumber - before.lastNumber > FEW_RECORDS;
    return isHole && before.last < header.first ? [{ begin: before.last, end: header.first }] : [];
  });
}

/** Says whether later records have earlier times. */
export function clockWentBack(files: readonly JournalFile[]): boolean {
  const reached = new Map<string, Instant>();
  return inOrder(files.filter((file) => !isUsers(file))).some(({ header: { sequence, first, last } }) => {
    const before = reached.get(sequence);
    reached.set(sequence, last);
    return before !== undefined && first < before;
  });
}

/** The file that begins first; those of users begin with the user. */
export function oldestFile(files: readonly JournalFile[]): Filled | undefined {
  return files
    .filter(isFilled)
    .filter((file) => !isUsers(file))
    .sort((one, other) => one.header.first - other.header.first)[0];
}
