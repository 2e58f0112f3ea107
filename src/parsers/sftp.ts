// What was done over sftp: sftp-server, and internal-sftp inside sshd, with `-l INFO` (the default says next to nothing).
//   session opened for local user alice from [192.0.2.10]
//   open "/srv/report.pdf" flags WRITE,CREATE,TRUNCATE mode 0666
//   close "/srv/report.pdf" bytes read 0 written 48211
//   rename old "/srv/a" new "/srv/b"
// Format: openssh-portable sftp-server.c of 5.4 to 10. The operations state neither user nor address: they belong to the
// `session opened` of the same process. Paths are the user's words, and their quotes are not escaped.
import { peerOf } from "./fields.ts";
import type { Parsed, Parser, Rule } from "./parser.ts";

const service = "sftp-server";

/** `session opened|closed for local user NAME from [IP]` */
function session(kind: "session.open" | "session.close", words: string): Rule["parse"] {
  return (message) => {
    const from = message.lastIndexOf(" from [");
    if (from < words.length || !message.endsWith("]")) return undefined;
    const peer = peerOf(message.slice(from + 7, -1));
    return { kind, service, user: message.slice(words.length, from), ...peer };
  };
}

/** `COMMAND "PATH"[ REST]`, where REST begins with `rest`: the last quote before it ends the path. */
function operation(command: string, words: string, rest: string): Rule["parse"] {
  return (message) => {
    const end = message.lastIndexOf(`"${rest}`);
    if (end < words.length) return undefined;
    const reason = message.slice(end + 2);
    return { kind: "sftp", command, path: message.slice(words.length, end), ...(reason !== "" && { reason }) };
  };
}

/** `COMMAND old "PATH" new "PATH"` */
function pair(command: string): Rule["parse"] {
  const words = `${command} old "`;
  return (message) => {
    const split = message.indexOf('" new "', words.length);
    if (split < 0 || !message.endsWith('"')) return undefined;
    const target = message.slice(split + 7, -1);
    return { kind: "sftp", command, path: message.slice(words.length, split), target };
  };
}

/** `Refusing COMMAND request in read-only mode`, `Refusing denylisted|non-allowlisted COMMAND request` */
function refused(message: string): Parsed | undefined {
  const words = message.split(" ", 7);
  const listed = words[2] !== "request";
  const command = words[listed ? 2 : 1] ?? "";
  // That one stands beside the line of the open itself.
  if (command === "" || words[listed ? 3 : 2] !== "request" || (command === "open" && !listed)) return undefined;
  return { kind: "sftp", command, reason: listed ? "refused: not allowed" : "refused: read-only" };
}

const rule = (name: string, starts: string, parse: Rule["parse"]): Rule => ({ name, starts, parse });
const one = (command: string, rest = "", words = `${command} "`): Rule =>
  rule(command, words, operation(command, words, rest));
const two = (command: string): Rule => rule(command, `${command} old "`, pair(command));

export const sftp: Parser = {
  name: "sftp-server",
  appNames: ["sftp-server", "internal-sftp"],
  rules: [
    one("open", " flags "),
    one("close", " bytes read "),
    rule("forced close", 'forced close "', operation("close", 'forced close "', " bytes read ")),
    one("opendir"),
    one("remove", "", 'remove name "'),
    one("mkdir", " mode ", 'mkdir name "'),
    one("rmdir", "", 'rmdir name "'),
    two("rename"),
    two("posix-rename"),
    two("symlink"),
    two("hardlink"),
    rule("set", 'set "', setAttributes),
    one("statvfs"),
    rule("refused", "Refusing ", refused),
    rule("session opened", "session opened for local user ", session("session.open", "session opened for local user ")),
    rule(
      "session closed",
      "session closed for local user ",
      session("session.close", "session closed for local user "),
    ),
  ],
  // What only looks at files, and the end of a listing.
  silent: [""],
};

const ATTRIBUTES = [" size ", " mode ", " modtime ", " owner "];

/** `set "PATH" size N|mode 0644|modtime T|owner N group N` */
function setAttributes(message: string): Parsed | undefined {
  const end = message.lastIndexOf('" ');
  const reason = message.slice(end + 2);
  if (end < 5 || !ATTRIBUTES.some((attribute) => reason.startsWith(attribute.trimStart()))) return undefined;
  return { kind: "sftp", command: "set", path: message.slice(5, end), reason };
}
