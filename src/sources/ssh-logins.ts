// ~/.ssh_logins: what ~/.ssh/rc or a ForceCommand of a user appends for every login. The user writes this file: it stands
// beside the system's log of logins, never in its place.
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { locate } from "./tree.ts";

const NAME = ".ssh_logins";
/** Homes of another machine's tree that are looked into. */
const MOST_HOMES = 1_000;

/**
 * Returns the files of this machine's user, or of all users of another tree. A user can link the name to anything: of
 * another tree's only files count, for they are read with the rights of whoever examines it.
 */
export function sshLogins(root: string, machine: { readonly home: string | undefined } | undefined): readonly string[] {
  if (machine !== undefined) {
    const path = machine.home === undefined ? undefined : join(machine.home, NAME);
    return path !== undefined && kindOf(path) !== undefined ? [path] : [];
  }
  const homes = ["/home", "/Users"].flatMap((folder) => namesIn(root, folder).map((name) => `${folder}/${name}`));
  return ["/root", "/var/root", ...homes.slice(0, MOST_HOMES)]
    .map((home) => join(locate(root, home).path, NAME))
    .filter((path) => kindOf(path) === "file");
}

function namesIn(root: string, folder: string): readonly string[] {
  try {
    return readdirSync(locate(root, folder).path).sort();
  } catch {
    return [];
  }
}

function kindOf(path: string): "file" | "other" | undefined {
  try {
    return lstatSync(path).isFile() ? "file" : "other";
  } catch {
    return undefined;
  }
}
