// What the system calls this machine, so that a state folder that was copied to a clone is not taken for its own.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";

/** machine-id(5), FreeBSD's hostid(1), and the hardware's UUID on macOS; undefined where there is none. */
export function machineId(): string | undefined {
  for (const path of ["/etc/machine-id", "/var/lib/dbus/machine-id", "/etc/hostid"]) {
    try {
      const id = readFileSync(path, "utf8").trim();
      // An image says "uninitialized" until its first boot.
      if (/^[0-9a-f-]{32,36}$/i.test(id)) return id;
    } catch {
      // The next one.
    }
  }
  if (process.platform !== "darwin") return undefined;
  try {
    const options = { encoding: "utf8" as const, timeout: 5_000, stdio: "pipe" as const };
    const told = execFileSync("/usr/sbin/ioreg", ["-rd1", "-c", "IOPlatformExpertDevice"], options);
    return /"IOPlatformUUID" = "([^"]+)"/.exec(told)?.[1];
  } catch {
    return undefined;
  }
}
