// systemd-logind and elogind: seats and sessions by their numbers. PAM's session line, which stands beside
// `New session 3 of user alice.`, tells the same with the service that let the user in, so none carries an event.
import type { Parser } from "./parser.ts";

export const logind: Parser = {
  name: "systemd-logind",
  appNames: ["systemd-logind", "elogind", "elogind-daemon"],
  rules: [],
  silent: [""],
};
