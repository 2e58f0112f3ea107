// Puts what a rule read and where it read it together. The events of an attack, logins, bans and packets, have one shape
// for each family, whichever rule they come from and whatever their line leaves out: all that counts them later asks
// every event for the same fields, and finds them in the same place.
import type { Ban, Event, Firewall, Head, LoginFailure, LoginSuccess, Probe } from "../events/event.ts";
import type { Parsed } from "./parser.ts";

type KeyOf<Family> = Family extends unknown ? keyof Family : never;
/** All fields that a family has; an event of one kind has some of them. */
type Fields<Family> = {
  readonly [Key in KeyOf<Family>]?: Family extends { readonly [K in Key]?: infer Value } ? Value : never;
} & { readonly repeat?: number };
type Login = LoginSuccess | LoginFailure | Probe;

export function eventOf(parsed: Parsed, head: Head): Event {
  switch (parsed.kind) {
    case "login.success":
    case "login.failure":
    case "login.invalid-user":
    case "login.denied":
    case "probe":
      return loginOf(parsed.kind, parsed, head);
    case "ban":
    case "unban":
    case "ban.restored":
    case "ban.increased":
    case "ban.already":
    case "ban.found":
      return banOf(parsed.kind, parsed, head);
    case "firewall.block":
    case "firewall.allow":
      return packetOf(parsed.kind, parsed, head);
    default:
      return { ...parsed, head, repeat: parsed.repeat ?? 1 };
  }
}

/**
 * What most lines of a flood say. Its arguments stand in a row, because one object a line more is felt where nearly all
 * lines are such.
 */
export function loginEvent(
  kind: "login.failure" | "login.invalid-user" | "probe",
  head: Head,
  service: string,
  basis: LoginFailure["basis"] | undefined,
  module: string | undefined,
  user: string | undefined,
  ip: string,
  port: number | undefined,
  method: string | undefined,
  invalidUser: true | undefined,
  preauth: true | undefined,
  reason: string | undefined,
): Event {
  return {
    kind,
    head,
    repeat: 1,
    service,
    basis,
    module,
    user,
    ip,
    host: undefined,
    port,
    method,
    fingerprint: undefined,
    invalidUser,
    preauth,
    reason,
    secondFactor: undefined,
    message: undefined,
  } as Event;
}

function loginOf(kind: Login["kind"], parsed: Fields<Login>, head: Head): Event {
  const { connectionProcId } = parsed;
  const event = {
    kind,
    head,
    repeat: parsed.repeat ?? 1,
    service: parsed.service,
    basis: parsed.basis,
    module: parsed.module,
    user: parsed.user,
    ip: parsed.ip,
    host: parsed.host,
    port: parsed.port,
    method: parsed.method,
    fingerprint: parsed.fingerprint,
    invalidUser: parsed.invalidUser,
    preauth: parsed.preauth,
    reason: parsed.reason,
    secondFactor: parsed.secondFactor,
    message: parsed.message,
  };
  // Only the listener's lines say so, and they are few.
  return (connectionProcId === undefined ? event : { ...event, connectionProcId }) as Event;
}

function banOf(kind: Ban["kind"], parsed: Fields<Ban>, head: Head): Event {
  return {
    kind,
    head,
    repeat: parsed.repeat ?? 1,
    tool: parsed.tool as string,
    jail: parsed.jail,
    ip: parsed.ip,
    host: parsed.host,
    port: parsed.port,
    addresses: parsed.addresses,
  };
}

function packetOf(kind: Firewall["kind"], parsed: Fields<Firewall>, head: Head): Event {
  return {
    kind,
    head,
    repeat: parsed.repeat ?? 1,
    tool: parsed.tool as string,
    ip: parsed.ip,
    host: parsed.host,
    port: parsed.port,
    protocol: parsed.protocol,
    sourcePort: parsed.sourcePort,
    destinationIp: parsed.destinationIp,
    destinationPort: parsed.destinationPort,
    interface: parsed.interface,
  };
}
