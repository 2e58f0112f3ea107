// The files of a system that lies below a folder: "/" for the running one, a mounted disk or a copy for another. What
// lies there may have been made by an attacker: links stay inside, pipes are not opened, texts are bounded.
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  statSync,
} from "node:fs";
import { isAbsolute, join, resolve } from "node:path";

/** As many as Linux follows. */
const MOST_LINKS = 40;
const MOST_TEXT = 64 * 1024;

/** Where a path of the system lies. */
export interface Located {
  readonly path: string;
  /** `closed`: a folder on the way does not let us in. A link is there, whether or not it leads anywhere. */
  readonly state: "there" | "absent" | "closed";
}

/**
 * Finds `path` of the system below `root`. An absolute link of another machine names a file of that machine, so it is
 * followed inside the tree; from here it would lead to a file of ours, or nowhere.
 */
export function locate(root: string, path: string): Located {
  const { path: found, isLink } = follow(root, onDataVolume(root, path));
  try {
    const isThere = isLink || lstatSync(found, { throwIfNoEntry: false }) !== undefined;
    return { path: found, state: isThere ? "there" : "absent" };
  } catch (error) {
    return { path: found, state: (error as NodeJS.ErrnoException).code === "ENOTDIR" ? "absent" : "closed" };
  }
}

/** A Mac's /var is a link to /private/var, which its data volume has alone. */
function onDataVolume(root: string, path: string): string {
  const inVar = path === "/var" || path.startsWith("/var/");
  return inVar && !existsSync(join(root, "var")) && existsSync(join(root, "private/var")) ? `/private${path}` : path;
}

/** Walks a path part by part, as the kernel would below a changed root. */
function follow(root: string, path: string): { readonly path: string; readonly isLink: boolean } {
  const plain = join(root, path);
  let isLink = false;
  let leaves = false;
  const at: string[] = [];
  const ahead = partsOf(path).reverse();
  for (let links = 0, part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    if (part === "..") {
      leaves ||= at.length === 0;
      at.pop();
      continue;
    }
    at.push(part);
    const target = targetOf(join(root, ...at));
    if (target === undefined) continue;
    isLink ||= ahead.length === 0;
    at.pop();
    // A loop leads nowhere, and a name that nothing bears says so to whoever opens it.
    if (++links > MOST_LINKS) return { path: join(root, ...at, `${part} (a loop of symbolic links)`), isLink };
    if (isAbsolute(target)) {
      leaves = true;
      at.length = 0;
    }
    ahead.push(...partsOf(target).reverse());
  }
  return { path: leaves && resolve(root) !== "/" ? join(root, ...at) : plain, isLink };
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Returns the first 64 KiB of a text file of the system; undefined when there is none that can be read. */
export function readText(root: string, path: string): string | undefined {
  const { path: found } = locate(root, path);
  let fd: number | undefined;
  try {
    if (!statSync(found).isFile()) return undefined;
    fd = openSync(found, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    if (!fstatSync(fd).isFile()) return undefined;
    const text = Buffer.alloc(MOST_TEXT);
    return text.toString("utf8", 0, readSync(fd, text, 0, MOST_TEXT, 0));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
