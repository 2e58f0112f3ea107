import { describe, expect, test } from "vitest";
import { ping } from "../../src/deliver/heartbeat.ts";
import { never, say, startHttpServer, startSocketServer } from "./http-server.ts";

const path = "/ping/5b7e0000-1111-2222-3333-444455556666";
const key = "heartbeat.url";

describe("a run is told", () => {
  test.each([
    { name: "that went well", outcome: "success", given: path, method: "GET", heard: path, body: "" },
    {
      name: "that failed",
      outcome: { exit: 75 },
      given: path,
      method: "POST",
      heard: `${path}/fail`,
      body: "exit status 75\n",
    },
    {
      name: "that failed, of a URL that ends in a slash",
      outcome: { exit: 70 },
      given: `${path}/`,
      method: "POST",
      heard: `${path}/fail`,
      body: "exit status 70\n",
    },
    {
      name: "that failed, of a URL with a query",
      outcome: { exit: 66 },
      given: `${path}?create=1`,
      method: "POST",
      heard: `${path}/fail?create=1`,
      body: "exit status 66\n",
    },
  ] as const)("$name", async ({ outcome, given, method, heard: target, body }) => {
    const { url, host, heard } = await startHttpServer(say(200, "OK"));
    expect(await ping(url + given, outcome, { key }, never)).toEqual({ heard: true, text: `${host} answered 200: OK` });
    expect(heard.map((request) => [request.method, request.path, request.body])).toEqual([[method, target, body]]);
  });

  test("with one line that says why it failed", async () => {
    const { url, heard } = await startHttpServer(say(200));
    await ping(url + path, { exit: 75 }, { key, note: "mail waits:\n421 try later" }, never);
    expect(heard.map(({ body }) => body)).toEqual(["exit status 75\nmail waits: 421 try later\n"]);
  });
});

describe("nothing that goes wrong ends or delays a run, or shows the URL", () => {
  test.each([
    {
      name: "a check that is not known",
      answer: say(200, "OK (not found)"),
      text: "HOST answered 200: OK (not found) (check heartbeat.url)",
    },
    {
      name: "too many pings",
      answer: say(200, "OK (rate limited)"),
      text: "HOST answered 200: OK (rate limited) (check heartbeat.url)",
    },
    {
      name: "a refusal that repeats the URL",
      answer: say(404, `no ${path}`),
      text: "HOST answered 404: no /ping/*** (check heartbeat.url)",
    },
    {
      name: "a redirect",
      answer: say(301, "", { location: `https://other.example${path}` }),
      text: "HOST answered 301 with a redirect to https://other.example, which is not followed (set heartbeat.url)",
    },
    { name: "an error", answer: say(500, "down"), text: "HOST answered 500: down" },
  ])("$name", async ({ answer, text }) => {
    const { url, host } = await startHttpServer(answer);
    expect(await ping(url + path, "success", { key }, never)).toEqual({
      heard: false,
      text: text.replace("HOST", host),
    });
  });

  test.each([
    ["nonsense", "heartbeat.url is no URL (write https://...)"],
    ["https://u:sEcReT@h.example/", "heartbeat.url has a user name or password in it (leave them out of the URL)"],
  ])("a URL like %s", async (url, text) => {
    expect(await ping(url, { exit: 70 }, { key }, never)).toEqual({ heard: false, text });
  });

  test("silence, within the time that is given", async () => {
    const { url, host } = await startSocketServer(() => undefined);
    expect(await ping(url + path, "success", { key, timeoutMs: 100 }, never)).toEqual({
      heard: false,
      text: `the request was sent, but ${host} did not confirm it (no answer in time); it may have arrived`,
    });
  });

  test("a run that is stopped", async () => {
    const text = "stopped before the request was sent";
    expect(await ping(`http://127.0.0.1:1${path}`, "success", { key }, AbortSignal.abort())).toEqual({
      heard: false,
      text,
    });
  });
});
