// Every log format this program knows: one row each. A new format is one file and one row here.

import { accounts } from "./accounts.ts";
import { appFirewall } from "./app-firewall.ts";
import { authorizationhost } from "./authorizationhost.ts";
import { crowdsec } from "./crowdsec.ts";
import { denyhosts } from "./denyhosts.ts";
import { type Dispatch, dispatchOf } from "./dispatch.ts";
import { doas } from "./doas.ts";
import { dropbear } from "./dropbear.ts";
import { endlessh } from "./endlessh.ts";
import { fail2ban, fail2banOnMac, launchd } from "./fail2ban.ts";
import { filterlog } from "./filterlog.ts";
import { firewalld } from "./firewalld.ts";
import { ids } from "./ids.ts";
import { ipfw } from "./ipfw.ts";
import { login } from "./login.ts";
import { loginDuo } from "./login-duo.ts";
import { logind } from "./logind.ts";
import { loginwindow, sessionlogoutd } from "./loginwindow.ts";
import { kernel } from "./netfilter.ts";
import { pam } from "./pam.ts";
import { pamServices } from "./pam-services.ts";
import type { Parser } from "./parser.ts";
import { pflog } from "./pflog.ts";
import { pfsense } from "./pfsense.ts";
import { proftpd } from "./proftpd.ts";
import { screensharing } from "./screensharing.ts";
import { securityServer } from "./security-server.ts";
import { sftp } from "./sftp.ts";
import { sshLogins } from "./ssh-logins.ts";
import { sshd } from "./sshd.ts";
import { sshguard } from "./sshguard.ts";
import { su } from "./su.ts";
import { sudo } from "./sudo.ts";
import { processQuota, syslogLimits } from "./syslog-limits.ts";
import { vsftpd } from "./vsftpd.ts";
import { xrdp } from "./xrdp.ts";

export const parsers: readonly Parser[] = [
  sshd,
  sftp,
  screensharing,
  fail2ban,
  fail2banOnMac,
  launchd,
  sshguard,
  denyhosts,
  crowdsec,
  ids,
  ipfw,
  kernel,
  filterlog,
  pflog,
  firewalld,
  appFirewall,
  sudo,
  su,
  doas,
  login,
  loginDuo,
  logind,
  loginwindow,
  sessionlogoutd,
  securityServer,
  authorizationhost,
  dropbear,
  vsftpd,
  proftpd,
  xrdp,
  pfsense,
  endlessh,
  accounts,
  sshLogins,
  pamServices,
  syslogLimits,
];

export const dispatch: Dispatch = dispatchOf(parsers, { ...pam, rules: [...pam.rules, processQuota] });
