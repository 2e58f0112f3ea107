// Every log format this program knows: one row each. A new format is one file and one row here.
import { appFirewall } from "./app-firewall.ts";
import { type Dispatch, dispatchOf } from "./dispatch.ts";
import { fail2ban, fail2banOnMac, launchd } from "./fail2ban.ts";
import { ipfw } from "./ipfw.ts";
import { kernel } from "./netfilter.ts";
import { pam } from "./pam.ts";
import type { Parser } from "./parser.ts";
import { sudo, suParser } from "./privilege.ts";
import { screensharing } from "./screensharing.ts";
import { sshd } from "./sshd.ts";

export const parsers: readonly Parser[] = [
  sshd,
  screensharing,
  fail2ban,
  fail2banOnMac,
  launchd,
  ipfw,
  kernel,
  appFirewall,
  sudo,
  suParser,
];

export const dispatch: Dispatch = dispatchOf(parsers, pam);
