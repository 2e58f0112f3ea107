// Services that have no rules of their own: what PAM says under their names counts, also in words that name no module
// (`PAM 2 more authentication failures; ...`), which under an unknown program would be anybody's text.
import type { Parser } from "./parser.ts";

export const pamServices: Parser = {
  name: "services of PAM",
  // biome-ignore format: a table of names
  appNames: [
    "ftpd", "in.ftpd", "pure-ftpd", "pure-authd", "wu-ftpd", "rlogind", "in.rlogind", "rshd", "in.rshd", "rexecd", "in.rexecd",
    "telnetd", "in.telnetd", "remote", "pop3d", "ipop3d", "imapd", "dovecot-auth", "auth", "saslauthd", "cockpit-session",
    "gdm", "gdm3", "gdm-password", "gdm-session-worker", "lightdm", "sddm", "sddm-helper", "xdm", "kdm", "kdm_greet", "lxdm",
    "greetd", "vlock", "physlock", "xscreensaver", "kcheckpass",
  ],
  rules: [],
  silent: [""],
};
