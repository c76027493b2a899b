import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createNodeHttp } from "../../../../src/adapters/http/node.ts";
import { type Fetched, type FetchRequest, SourceFetcher } from "../../../../src/catalog/repair/fetch/source-fetcher.ts";
import {
  chunked,
  head,
  type RawAnswer,
  type RawServer,
  startRawServer,
  whole,
} from "../../../runtimes/http/raw-server.ts";
import { createHurriedClock, type HurriedClock } from "./_hurried-clock.ts";

const HELLO = new TextEncoder().encode("hello");
const REQUEST: FetchRequest = { bytes: 5, allowPrivate: true };
const SECRET = "hunter2hunter2";

let answers: Record<string, RawAnswer | ((base: string, time: number) => RawAnswer)>;
let server: RawServer;
let clock: HurriedClock;
let fetcher: SourceFetcher;

beforeEach(async () => {
  answers = {};
  const times = new Map<string, number>();
  server = await startRawServer((path, base) => {
    const time = (times.get(path) ?? 0) + 1;
    times.set(path, time);
    const answer = answers[path] ?? { send: ["HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"] };
    return typeof answer === "function" ? answer(base, time) : answer;
  });
  clock = createHurriedClock();
  fetcher = new SourceFetcher({ clock, openHttp: async () => createNodeHttp() });
});

afterEach(async () => {
  await server.close();
});

function fetch(path: string, change: Partial<FetchRequest> = {}): Promise<Fetched<string>> {
  return fetcher.fetch(server.base + path, { ...REQUEST, ...change }, textOf);
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  return text;
}

function status(line: string, ...headers: readonly string[]): RawAnswer {
  return { send: [[`HTTP/1.1 ${line}`, ...headers, "content-length: 0", "", ""].join("\r\n")] };
}

function to(location: string): RawAnswer {
  return status("302 Found", `location: ${location}`);
}

/** Waits until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe("fetching a source", () => {
  it("gives the bytes that it has", async () => {
    answers["/a"] = whole(HELLO);
    expect(await fetch("/a#top")).toEqual({ kind: "read", value: "hello" });
    expect(server.requests[0]).toMatch(/^GET \/a HTTP\/1\.1\r\n/);
    expect(clock.waits).toEqual([]);
    expect(clock.limits()).toBe(0);
  });

  it("undoes codings that nobody asked for, whose length is none of the bytes", async () => {
    answers["/a"] = whole(gzipSync(HELLO), "content-encoding: gzip");
    expect(await fetch("/a")).toEqual({ kind: "read", value: "hello" });
  });

  it("gives fewer bytes, if they are all", async () => {
    answers["/a"] = { send: [head("transfer-encoding: chunked"), ...chunked(HELLO.subarray(0, 3))] };
    expect(await fetch("/a")).toEqual({ kind: "read", value: "hel" });
  });

  it("sends no credentials", async () => {
    answers["/a"] = (base) => to(`${base.replace("//", "//other:passphrase@")}/b`);
    answers["/b"] = whole(HELLO);
    const source = `${server.base.replace("//", `//user:${SECRET}@`)}/a`;
    expect(await fetcher.fetch(source, REQUEST, textOf)).toEqual({ kind: "read", value: "hello" });
    expect(server.requests).toHaveLength(2);
    expect(server.requests.join("")).not.toMatch(/hunter2|passphrase|authorization|cookie|referer/i);
  });

  it.each(["ftp://example.org/a", "file:///etc/passwd", "data:,hello", "doi:10.1/a", "no url", ""])(
    "does not fetch %o",
    async (source) => {
      const fetched = await fetcher.fetch(source, REQUEST, textOf);
      expect(fetched).toEqual({ kind: "refused", message: "only http and https are fetched" });
    },
  );

  it("says where nothing can be fetched", async () => {
    const without = new SourceFetcher({ clock });
    const fetched = await without.fetch(`${server.base}/a`, REQUEST, textOf);
    expect(fetched).toEqual({ kind: "refused", message: "nothing can be fetched in this runtime" });
  });

  it("throws what whoever takes the bytes throws", async () => {
    answers["/a"] = whole(HELLO);
    const take = async (chunks: AsyncIterable<Uint8Array>): Promise<never> => {
      for await (const chunk of chunks) throw new Error(`no room for ${chunk.byteLength}`);
      throw new Error("nothing came");
    };
    await expect(fetcher.fetch(`${server.base}/a`, REQUEST, take)).rejects.toThrow("no room for 5");
    await until(() => server.open() === 0);
  });
});

describe("a source that redirects", () => {
  it("is followed five times, not six", async () => {
    for (let at = 1; at <= 6; at++) answers[`/${at}`] = to(`/${at - 1}`);
    answers["/0"] = whole(HELLO);
    expect(await fetch("/5")).toEqual({ kind: "read", value: "hello" });
    expect(await fetch("/6")).toEqual({ kind: "refused", message: "it redirects more than 5 times" });
  });

  it.each([
    ["in a circle", "/a", "it redirects in a circle"],
    ["to a file", "file:///etc/passwd", 'it redirects to a URL with the scheme "file:"'],
    ["to no URL", "http://[", "it redirects to what is no URL"],
    ["to another scheme with a secret", `ftp://u:${SECRET}@e.org/?token=${SECRET}`, "the scheme"],
  ])("%s is not followed", async (_title, location, message) => {
    answers["/a"] = to(location);
    const fetched = await fetch("/a");
    expect(fetched).toMatchObject({ kind: "refused", message: expect.stringContaining(message) });
    expect(JSON.stringify(fetched)).not.toContain(SECRET);
  });
});

describe("a source at an address that is not public", () => {
  it.each(["127.0.0.1", "localhost", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"])(
    "is not asked at %s",
    async (host) => {
      answers["/a"] = whole(HELLO);
      const { port } = new URL(server.base);
      const source = `http://${host}:${port}/a?token=${SECRET}`;
      const fetched = await fetcher.fetch(source, { ...REQUEST, allowPrivate: false }, textOf);
      expect(fetched).toMatchObject({
        kind: "refused",
        message: expect.stringMatching(/^the host ".*" has no public address, and private ones are not allowed$/),
      });
      expect(JSON.stringify(fetched)).not.toContain(SECRET);
      expect(server.requests).toEqual([]);
    },
  );

  it("is not asked when a public one redirects there", async () => {
    const http = createNodeHttp();
    // A server of the test stands for one of the world.
    const get: typeof http.get = (url, request) =>
      url.pathname === "/a" ? http.get(url, { ...request, allowsAddress: undefined }) : http.get(url, request);
    const outside = new SourceFetcher({ clock, openHttp: async () => ({ ...http, get }) });
    answers["/a"] = to(`/b?token=${SECRET}`);
    answers["/b"] = whole(HELLO);
    const fetched = await outside.fetch(`${server.base}/a`, { ...REQUEST, allowPrivate: false }, textOf);
    expect(fetched).toMatchObject({ kind: "refused", message: expect.stringContaining("no public address") });
    expect(server.requests).toHaveLength(1);
  });

  it("is not asked where the runtime does not tell the address, unless private ones are allowed", async () => {
    const http = createNodeHttp();
    const { CatalogError } = await import("../../../../src/errors.ts");
    const unsure = new SourceFetcher({
      clock,
      openHttp: async () => ({
        ...http,
        get: async (url, request) => {
          if (request.allowsAddress === undefined) return http.get(url, request);
          throw new CatalogError("UNSUPPORTED", "Cannot connect", { details: { what: "checking addresses" } });
        },
      }),
    });
    answers["/a"] = whole(HELLO);
    const source = `${server.base}/a`;
    expect(await unsure.fetch(source, { ...REQUEST, allowPrivate: false }, textOf)).toEqual({
      kind: "refused",
      message: "this runtime does not say which address it would connect to",
    });
    expect(await unsure.fetch(source, REQUEST, textOf)).toEqual({ kind: "read", value: "hello" });
  });
});

describe("a source with other bytes", () => {
  it.each<[string, RawAnswer, string]>([
    ["announces more", whole(new Uint8Array(6)), "it has 6 bytes, 5 are on record"],
    ["announces fewer", whole(new Uint8Array(4)), "it has 4 bytes, 5 are on record"],
    ["announces 10 GiB", { send: [head("content-length: 10737418240")], after: "nothing" }, "it has 10737418240 bytes"],
    [
      "has more than it says",
      { send: [head("transfer-encoding: chunked"), ...chunked(HELLO, HELLO)], after: "nothing" },
      "it has more than the 5 bytes that are on record",
    ],
    [
      "has more in a coding",
      whole(gzipSync(new Uint8Array(1_000_000)), "content-encoding: gzip"),
      "it has more than the 5 bytes that are on record",
    ],
    [
      "has a coding that never comes to anything",
      { send: [head("content-encoding: gzip"), endless()], after: "nothing" },
      "it has more than the 5 bytes that are on record",
    ],
  ])("is left alone when it %s", async (_title, answer, message) => {
    answers["/a"] = answer;
    expect(await fetch("/a")).toMatchObject({ kind: "other_size", message: expect.stringContaining(message) });
    await until(() => server.open() === 0);
  });
});

describe("a source of which only a limit is known", () => {
  const inexact = { exact: false };

  it("gives fewer bytes, announced or not", async () => {
    answers["/a"] = whole(HELLO.subarray(0, 3));
    expect(await fetch("/a", inexact)).toEqual({ kind: "read", value: "hel" });
    answers["/b"] = { send: [head("connection: close"), "he"] };
    expect(await fetch("/b", inexact)).toEqual({ kind: "read", value: "he" });
  });

  it("gives no more", async () => {
    answers["/a"] = whole(new Uint8Array(6));
    expect(await fetch("/a", inexact)).toEqual({ kind: "other_size", message: "it has 6 bytes, 5 are allowed" });
    answers["/b"] = { send: [head("connection: close"), "hello!"] };
    const message = "it has more than the 5 bytes that are allowed";
    expect(await fetch("/b", inexact)).toEqual({ kind: "other_size", message });
  });
});

/** The start of gzip with a name that does not end. */
function endless(): Uint8Array {
  const bytes = new Uint8Array(200_000).fill(0x61);
  bytes.set([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]);
  return bytes;
}

describe("a source that does not give what it has", () => {
  it.each([
    ["404 Not Found", "gone"],
    ["410 Gone", "gone"],
    ["401 Unauthorized", "unavailable"],
    ["403 Forbidden", "unavailable"],
    ["204 No Content", "unavailable"],
    ["206 Partial Content", "unavailable"],
    ["304 Not Modified", "unavailable"],
    ["429 Too Many Requests", "unavailable"],
    ["500 Oops", "unavailable"],
    ["503 Later", "unavailable"],
  ])("with status %s is %s", async (line, kind) => {
    answers["/a"] = status(line);
    expect(await fetch("/a")).toEqual({ kind, message: `the response has status ${line.slice(0, 3)}` });
    expect(server.requests).toHaveLength(1);
  });

  it.each<[string, RawAnswer, RegExp]>([
    ["ends early", { send: [head("content-length: 5"), "hel"] }, /closed too early|ECONNRESET/],
    ["breaks", { send: [head("content-length: 5"), "hel"], after: "reset" }, /closed too early|ECONNRESET/],
    ["is no HTTP", { send: ["220 mail\r\n\r\n"] }, /^it cannot be read \(HPE_\w+\)$/],
    ["has a damaged coding", whole(HELLO, "content-encoding: gzip"), /its gzip coding is damaged/],
  ])("is unavailable when it %s", async (_title, answer, message) => {
    answers["/a"] = answer;
    const fetched = await fetch(`/a`);
    expect(fetched).toMatchObject({ kind: "unavailable", message: expect.stringMatching(message) });
  });

  it("is unavailable when nobody is there", async () => {
    const { port } = new URL(server.base);
    await server.close();
    server = await startRawServer(() => ({ send: [] }));
    expect(await fetcher.fetch(`http://127.0.0.1:${port}/?token=${SECRET}`, REQUEST, textOf)).toEqual({
      kind: "unavailable",
      message: "it cannot be read (ECONNREFUSED)",
    });
  });

  it("is refused with a coding that cannot be undone", async () => {
    answers["/a?token=hunter2hunter2"] = whole(HELLO, "content-encoding: dcb");
    const message = 'the response has the content coding "dcb", which cannot be decoded here';
    expect(await fetch(`/a?token=${SECRET}`)).toEqual({ kind: "refused", message });
  });

  it.each<[string, RawAnswer]>([
    ["does not answer", { send: [], after: "nothing" }],
    ["stops in its headers", { send: ["HTTP/1.1 200 OK\r\n"], after: "nothing" }],
    ["stops before its body", { send: [head("content-length: 5")], after: "nothing" }],
    ["stops in its body", { send: [head("content-length: 5"), "hel"], after: "nothing" }],
    [
      "stops in a coding",
      { send: [head("content-encoding: gzip"), gzipSync(HELLO).subarray(0, 12)], after: "nothing" },
    ],
  ])("is given up after two minutes when it %s", async (_title, answer) => {
    answers["/a"] = answer;
    const fetching = fetch("/a");
    await until(() => server.requests.length === 1 && clock.limits() === 1);
    // What is sent may come still.
    const ended = fetching.then(() => true);
    while (!(await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 30, false))]))) clock.expire();
    expect(await fetching).toEqual({ kind: "unavailable", message: "nothing came from it for 120 seconds" });
    await until(() => server.open() === 0);
  });

  it.each<[string, RawAnswer]>([
    ["before it answers", { send: [], after: "nothing" }],
    ["within its body", { send: [head("content-length: 5"), "hel"], after: "nothing" }],
  ])("ends at once when it is aborted %s", async (_title, answer) => {
    answers["/a"] = answer;
    const abort = new AbortController();
    const fetching = fetch("/a", { signal: abort.signal });
    await until(() => server.requests.length === 1);
    abort.abort(new Error("enough"));
    await expect(fetching).rejects.toThrow("enough");
    await until(() => server.open() === 0);
    await expect(fetch("/a", { signal: abort.signal })).rejects.toThrow("enough");
  });
});

describe("a host", () => {
  it("is asked once a second", async () => {
    answers["/a"] = to("/b");
    answers["/b"] = whole(HELLO);
    await fetch("/a");
    await fetch("/b");
    expect(clock.waits).toEqual([1000, 1000]);
  });

  it("is asked one thing at a time, and others meanwhile", async () => {
    answers["/slow"] = { send: [head("content-length: 5"), "hel"], after: "nothing" };
    answers["/a"] = whole(HELLO);
    const abort = new AbortController();
    const slow = fetch("/slow", { signal: abort.signal });
    await until(() => server.requests.length === 1);
    const next = fetch("/a");
    const { port } = new URL(server.base);
    const elsewhere = await fetcher.fetch(`http://localhost:${port}/a`, REQUEST, textOf);
    expect(elsewhere).toEqual({ kind: "read", value: "hello" });
    expect(server.requests).toHaveLength(2);
    abort.abort(new Error("enough"));
    await expect(slow).rejects.toThrow("enough");
    expect(await next).toEqual({ kind: "read", value: "hello" });
  });

  it.each([
    ["seconds", "30"],
    ["a time", "Sat, 28 Nov 2026 12:00:30 GMT"],
  ])("that wants to be asked later is, in %s", async (_title, header) => {
    answers["/a"] = (_base, time) => (time === 1 ? status("429 Slow", `retry-after: ${header}`) : whole(HELLO));
    expect(await fetch("/a")).toEqual({ kind: "read", value: "hello" });
    expect(clock.waits).toEqual([30_000]);
  });

  it("is not waited for longer than a minute, nor asked again before", async () => {
    answers["/a"] = status("503 Later", "retry-after: 61");
    answers["/b"] = whole(HELLO);
    const later = { kind: "unavailable", message: "its host wants to be asked later" };
    expect(await fetch("/a")).toEqual(later);
    expect(await fetch("/b")).toEqual(later);
    expect(server.requests).toHaveLength(1);
    expect(clock.waits).toEqual([]);
    await clock.sleep(50_000);
    expect(await fetch("/b")).toEqual({ kind: "read", value: "hello" });
    expect(clock.waits).toEqual([50_000, 11_000]);
  });

  it("is not waited for longer than a minute in all", async () => {
    answers["/a"] = status("503 Later", "retry-after: 31");
    expect(await fetch("/a")).toMatchObject({ kind: "unavailable", message: "its host wants to be asked later" });
    expect(clock.waits).toEqual([31_000]);
  });

  it("is asked three times at most", async () => {
    answers["/a"] = status("429 Slow", "retry-after: 0");
    expect(await fetch("/a")).toMatchObject({ kind: "unavailable" });
    expect(server.requests).toHaveLength(3);
    expect(clock.waits).toEqual([1000, 1000]);
  });
});
