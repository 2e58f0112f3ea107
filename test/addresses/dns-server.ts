// A name server on loopback that says what a test wants (RFC 1035 section 4).
import { createSocket, type Socket } from "node:dgram";
import type { AddressInfo } from "node:net";
import { addressBytes } from "../../src/addresses/address-bytes.ts";

const TYPES = { 1: "A", 5: "CNAME", 12: "PTR", 28: "AAAA" } as const;
export type RecordType = (typeof TYPES)[keyof typeof TYPES];

/** What is said to a question such as `PTR 9.113.0.203.in-addr.arpa`; undefined: no such name; garbage: these bytes. */
export type Zone = (
  question: string,
) => readonly (readonly [type: RecordType, value: string])[] | "silence" | Uint8Array | undefined;

export interface DnsServer {
  /** `127.0.0.1:5353` */
  readonly address: string;
  /** What was asked, in order. */
  readonly questions: readonly string[];
  close(): Promise<void>;
}

export async function startDns(zone: Zone): Promise<DnsServer> {
  const socket: Socket = createSocket("udp4");
  const questions: string[] = [];
  socket.on("message", (query, peer) => {
    const { question, end } = readQuestion(query);
    questions.push(question);
    const said = zone(question);
    if (said === "silence") return;
    socket.send(
      said instanceof Uint8Array ? Buffer.concat([query.subarray(0, 2), said]) : answer(query, end, said),
      peer.port,
      peer.address,
    );
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(socket.address() as AddressInfo).port}`,
    questions,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function readQuestion(query: Buffer) {
  const labels: string[] = [];
  let at = 12;
  for (let size = query[at] ?? 0; size > 0; size = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + size));
    at += 1 + size;
  }
  const type = TYPES[query.readUInt16BE(at + 1) as keyof typeof TYPES];
  return { question: `${type} ${labels.join(".").toLowerCase()}`, end: at + 5 };
}

function answer(query: Buffer, end: number, records: Exclude<ReturnType<Zone>, "silence" | Uint8Array>): Buffer {
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(records === undefined ? 0x8183 : 0x8180, 2);
  header.writeUInt16BE(records?.length ?? 0, 6);
  header.fill(0, 8, 12);
  let owner: Buffer = Buffer.from([0xc0, 12]);
  const written = (records ?? []).map(([type, value]) => {
    const data = type === "A" || type === "AAAA" ? Buffer.from(addressBytes(value) ?? []) : nameBytes(value);
    const fixed = Buffer.alloc(10);
    fixed.writeUInt16BE(Number(Object.entries(TYPES).find(([, name]) => name === type)?.[0]), 0);
    fixed.writeUInt16BE(1, 2);
    fixed.writeUInt16BE(data.length, 8);
    const record = Buffer.concat([owner, fixed, data]);
    // What follows an alias is said of the name that it leads to.
    if (type === "CNAME") owner = data;
    return record;
  });
  return Buffer.concat([header, query.subarray(12, end), ...written]);
}

function nameBytes(name: string): Buffer {
  const labels = name.split(".").map((label) => Buffer.from(label, "latin1"));
  return Buffer.concat([...labels.flatMap((label) => [Buffer.from([label.length]), label]), Buffer.from([0])]);
}
