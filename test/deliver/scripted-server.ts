// An SMTP server on 127.0.0.1 that answers as it is told, and keeps each message byte for byte.
import { createServer, type Socket } from "node:net";
import { listen } from "./listen.ts";

/**
 * What it answers to a line; `undefined` drops the connection, an empty text says nothing. The message after DATA is one
 * line, `<message>`.
 */
export type Reply = (line: string, socket: Socket) => string | undefined;

/** Replies of a server that takes everything, but for lines that begin with one of `answers`. */
export function replies(answers: Readonly<Record<string, string | undefined>>): Reply {
  return (line) => {
    const start = Object.keys(answers).find((one) => line.startsWith(one));
    if (start !== undefined) return answers[start];
    if (line.startsWith("EHLO")) return "250-mail.example.org\r\n250 AUTH PLAIN LOGIN";
    if (line.startsWith("AUTH")) return "235 2.7.0 welcome";
    if (line === "DATA") return "354 go on";
    return line === "QUIT" ? "221 bye" : "250 ok";
  };
}

/** Starts the server; it ends with the test. `heard` has every line of every connection, `messages` every message. */
export async function startScriptedServer(greeting: string | undefined, reply: Reply) {
  const heard: string[] = [];
  const messages: string[] = [];
  const server = createServer((socket) => {
    socket.setNoDelay(true).on("error", () => undefined);
    const answer = (text: string | undefined) => {
      if (text === undefined) socket.destroy();
      else if (text !== "") socket.write(`${text}\r\n`);
    };
    let rest = "";
    let inMessage = false;
    socket.on("data", (chunk) => {
      rest += chunk.toString("latin1");
      for (;;) {
        const mark = inMessage ? "\r\n.\r\n" : "\r\n";
        const end = rest.indexOf(mark);
        if (end < 0) return;
        if (inMessage) messages.push(rest.slice(2, end));
        const line = inMessage ? "<message>" : rest.slice(0, end);
        rest = rest.slice(end + mark.length);
        heard.push(line);
        const text = reply(line, socket);
        inMessage = line === "DATA" && text?.startsWith("354") === true;
        // An empty message is a dot alone: as if its line break had come with DATA's.
        if (inMessage) rest = `\r\n${rest}`;
        answer(text);
      }
    });
    answer(greeting);
  });
  return { port: await listen(server), heard, messages };
}
