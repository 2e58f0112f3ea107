import type { Action } from "./compare.ts";

/** What sshd's own lines do not say, whoever reads them: by capture and scenario, what is left of the truth. */
export const UNTOLD: Readonly<Record<string, Readonly<Record<string, Partial<Action>>>>> = {
  "sshd-info": {
    // `Access denied for user erin by PAM account configuration` names no address.
    "expired account": { ip: "null" },
    // Of the connections that it drops in a row sshd names the first alone: three of seven are left out.
    "past MaxStartups": { probes: 4 },
    // Debian's sshd 9.2 ends without a word.
    "says nothing until the server hangs up": { probes: 0 },
  },
  "sshd-verbose": { "says nothing until the server hangs up": { probes: 0 } },
};
