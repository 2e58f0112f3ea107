// macOS Screen Sharing and Remote Desktop control: screensharingd, one line a decision, 10.5 to today.
//   Authentication: SUCCEEDED|FAILED :: User Name: NAME :: Viewer Address: IP :: Type: DH|VNC DES|RSA-SRP|N/A
// NAME is the viewer's text and may hold all of these words again: the last of each is screensharingd's own.
//
// On some of 14 and 15 that line is missing and four others tell the story, each a part of it:
//   new viewer connection: IP       Connection accepted :: Viewer Address: IP       authResult = N       *outUID=N
// No one of them says who got in, and what N means is not documented: the two with an address tell of a connection
// whose outcome is unknown, the others of nothing. No sample of whole lines of these is public.
import { peerOf } from "./fields.ts";
import type { Parsed, Parser } from "./parser.ts";
import { withoutSender } from "./unified-log.ts";

const service = "screensharingd";
const ACCEPTED = "Connection accepted :: Viewer Address: ";
const CONNECTION = "new viewer connection: ";

function line(message: string): Parsed | undefined {
  const text = withoutSender(message);
  if (text.startsWith("Authentication: ")) return authentication(text, message);
  if (text.startsWith(ACCEPTED)) return connection(text.slice(ACCEPTED.length));
  return text.startsWith(CONNECTION) ? connection(text.slice(CONNECTION.length)) : undefined;
}

function authentication(text: string, message: string): Parsed | undefined {
  const succeeded = text.startsWith("SUCCEEDED :: User Name: ", 16);
  if (!succeeded && !text.startsWith("FAILED :: User Name: ", 16)) return undefined;
  const start = succeeded ? 40 : 37;
  const type = text.lastIndexOf(" :: Type: ");
  const viewer = text.lastIndexOf(" :: Viewer Address: ", type);
  // The separators of an empty name are one.
  if (type < 0 || viewer < start - 1) return undefined;
  const peer = peerOf(text.slice(viewer + 20, type).trim());
  if (peer === undefined) return undefined;
  const user = text.slice(start, Math.max(viewer, start));
  const method = text.slice(type + 10).trim();
  return succeeded
    ? { kind: "login.success", service, user, ...peer, method, message: message.slice(0, 1024) }
    : { kind: "login.failure", service, basis: "own", ...(user && { user }), ...peer, method };
}

function connection(text: string): Parsed | undefined {
  const peer = peerOf(text.trim());
  return peer && { kind: "probe", service, ...peer, reason: "screen sharing connection, outcome unknown" };
}

export const screensharing: Parser = {
  name: "screensharing",
  appNames: ["screensharingd", "ScreensharingAgent"],
  rules: [{ name: "screen sharing", starts: "", parse: line }],
  silent: [""],
};
