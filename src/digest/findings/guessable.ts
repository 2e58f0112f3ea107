import type { LoginSuccess } from "../../events/event.ts";

/** A password, a typed answer and screen sharing can be guessed; a key, a host key and a Kerberos ticket cannot. */
export function isGuessable({ method }: LoginSuccess): boolean {
  return !/^(?:publickey|hostbased|gssapi)/.test(method);
}

/** Programs that let somebody in by password or by key, as the user has it. */
export function isShell({ service }: { readonly service: string }): boolean {
  return service === "sshd" || service === "dropbear";
}
