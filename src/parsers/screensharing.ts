// macOS Screen Sharing and Remote Desktop control: screensharingd, one line a decision, 10.5 to today.
//   Authentication: SUCCEEDED|FAILED :: User Name: NAME :: Viewer Address: IP :: Type: DH|VNC DES|RSA-SRP|N/A
// NAME is the viewer's text and may hold all of these words again: the last of each is screensharingd's own.
import { peerOf } from "./fields.ts";
import type { Parsed, Parser } from "./parser.ts";

const service = "screensharingd";

function authentication(message: string): Parsed | undefined {
  const succeeded = message.startsWith("SUCCEEDED :: User Name: ", 16);
  if (!succeeded && !message.startsWith("FAILED :: User Name: ", 16)) return undefined;
  const type = message.lastIndexOf(" :: Type: ");
  const viewer = message.lastIndexOf(" :: Viewer Address: ", type);
  if (type < 0 || viewer < 0) return undefined;
  const peer = peerOf(message.slice(viewer + 20, type).trim());
  if (peer === undefined) return undefined;
  const user = message.slice(succeeded ? 40 : 37, Math.max(viewer, succeeded ? 40 : 37));
  const method = message.slice(type + 10).trim();
  return succeeded
    ? { kind: "login.success", service, user, ...peer, method, message: message.slice(0, 1024) }
    : { kind: "login.failure", service, basis: "own", user, ...peer, method };
}

export const screensharing: Parser = {
  name: "screensharing",
  appNames: ["screensharingd"],
  rules: [{ name: "authentication", starts: "Authentication: ", parse: authentication }],
  silent: [""],
};
