import { readFileSync } from "node:fs";

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");

/** The authority that signed the two certificates below, and one that signed nothing. */
export const ca = read("ca.pem");
export const otherCa = read("other-ca.pem");
/** For localhost, 127.0.0.1 and ::1. */
export const server = { key: read("server.key"), cert: read("server.pem") };
/** For mail.example.org, where no test runs a server. */
export const wrongName = { key: read("server.key"), cert: read("wrong-name.pem") };
