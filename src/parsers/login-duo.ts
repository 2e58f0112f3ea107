// login_duo, which stands between sshd and the shell and asks Duo without PAM. Its lines are those of pam_duo (pam.ts).
import type { Parser } from "./parser.ts";

export const loginDuo: Parser = { name: "login_duo", appNames: ["login_duo"], rules: [], silent: [""] };
