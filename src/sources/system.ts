// What system a tree is, as it says itself:
//   /System/Library/CoreServices/SystemVersion.plist   macOS, every release
//   /bin/freebsd-version                               FreeBSD 10 and later, a shell script
//   /etc/os-release, /usr/lib/os-release               Linux, FreeBSD 13 and later (os-release(5) of systemd)
import { locate, readText } from "./tree.ts";

/** Where sshd's messages go on a Mac. */
type MacLogins = "secure.log" | "system.log" | "unified log";

export interface System {
  readonly kind: "macos" | "freebsd" | "linux";
  /** As it calls itself: `Debian GNU/Linux 12 (bookworm)`, `macOS 15.1`. */
  readonly name: string;
  /** Only of macOS. */
  readonly logins?: MacLogins;
  /**
   * False where the stock syslog.conf keeps login messages out of syslog and messages: where auth.log or secure is not
   * there either, such a log proves nothing.
   */
  readonly generalHoldsLogins: boolean;
}

/** The running kernel, as uname(3) calls it. */
export interface Kernel {
  readonly platform: string;
  readonly release: string;
}

/** Debian: `*.*;auth,authpriv.none  -/var/log/syslog`; Red Hat: `*.info;...authpriv.none  /var/log/messages`. */
const SPLIT_OFF = /^(?:debian|ubuntu|raspbian|rhel|fedora|centos|rocky|almalinux|ol|amzn)$/;

/**
 * Returns what system lies below `root`; undefined when nothing there says so. `kernel` is that of the running system,
 * and absent for the tree of another one.
 */
export function readSystem(root: string, kernel: Kernel | undefined): System | undefined {
  return readMac(root) ?? readFreeBsd(root) ?? readOsRelease(root) ?? systemOfKernel(kernel);
}

function readMac(root: string): System | undefined {
  const plist = readText(root, "/System/Library/CoreServices/SystemVersion.plist") ?? "";
  const version = /<key>ProductVersion<\/key>\s{0,100}<string>(\d{1,3}(?:\.\d{1,3}){0,3})<\/string>/.exec(plist)?.[1];
  if (version !== undefined) {
    const [major = 0, minor = 0] = version.split(".").map(Number);
    // 10.5 to 10.7, 10.8 to 10.11, 10.12 and all that came after it.
    const release = major > 10 ? 100 : minor;
    const logins = release <= 7 ? "secure.log" : release <= 11 ? "system.log" : "unified log";
    return { kind: "macos", name: `macOS ${version}`, logins, generalHoldsLogins: logins !== "unified log" };
  }
  // A data volume, or a copy of /private/var, without the system.
  const hasUnifiedLog = ["/var/db/diagnostics", "/private/var/db/diagnostics"].some(
    (path) => locate(root, path).state === "there",
  );
  return hasUnifiedLog ? { kind: "macos", name: "macOS", logins: "unified log", generalHoldsLogins: false } : undefined;
}

function readFreeBsd(root: string): System | undefined {
  const script = readText(root, "/bin/freebsd-version") ?? "";
  const version = /^USERLAND_VERSION="?([\w.-]{1,40})/m.exec(script)?.[1];
  return version === undefined ? undefined : freeBsd(`FreeBSD ${version}`);
}

/** `*.notice;authpriv.none;...  /var/log/messages`: what sshd says of logins is auth.info. */
function freeBsd(name: string): System {
  return { kind: "freebsd", name, generalHoldsLogins: false };
}

function readOsRelease(root: string): System | undefined {
  const text = readText(root, "/etc/os-release") ?? readText(root, "/usr/lib/os-release");
  if (text === undefined) return undefined;
  const values = new Map(
    text.split("\n").flatMap((line) => {
      const equals = line.indexOf("=");
      return equals < 0 ? [] : [[line.slice(0, equals).trim(), unquote(line.slice(equals + 1))] as const];
    }),
  );
  const id = values.get("ID") ?? "linux";
  const name = values.get("PRETTY_NAME") || values.get("NAME") || id;
  if (id === "freebsd") return freeBsd(name);
  const kin = [id, ...(values.get("ID_LIKE") ?? "").split(" ")];
  return { kind: "linux", name, generalHoldsLogins: !kin.some((other) => SPLIT_OFF.test(other)) };
}

function unquote(value: string): string {
  return value
    .trim()
    .replace(/^(["'])(.*)\1$/, "$2")
    .replace(/[^\x20-\x7e]/g, "")
    .slice(0, 80);
}

function systemOfKernel(kernel: Kernel | undefined): System | undefined {
  switch (kernel?.platform) {
    case "darwin": {
      // Darwin 9 to 11 is 10.5 to 10.7, 16 is 10.12.
      const release = Number.parseInt(kernel.release, 10);
      const logins = release <= 11 ? "secure.log" : release <= 15 ? "system.log" : "unified log";
      return { kind: "macos", name: "macOS", logins, generalHoldsLogins: logins !== "unified log" };
    }
    case "freebsd":
      return freeBsd("FreeBSD");
    case "linux":
      return { kind: "linux", name: "Linux", generalHoldsLogins: true };
    default:
      return undefined;
  }
}
