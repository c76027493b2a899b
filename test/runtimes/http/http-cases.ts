import * as zlib from "node:zlib";
import { download } from "../../../src/catalog/download/download.ts";
import type { Http } from "../../../src/ports/http.ts";
import { assert, assertEquals } from "../../../src/testing/assert.ts";
import type { SuiteRunner } from "../../../src/testing/suite-runner.ts";
import { chunked, head, type RawAnswer, type RawServer, startRawServer, whole } from "./raw-server.ts";

/** Checks how a runtime downloads, against a server of this machine. */
export function testHttp(runner: SuiteRunner, name: string, http: Http): void {
  runner.describe(`Http ${name}`, () => {
    for (const [title, { answer, expected }] of Object.entries({ ...FRAMED, ...ENCODED, ...AWRY })) {
      runner.it(title, () => checkDownload(http, answer, expected));
    }
    for (const [title, check] of Object.entries(CASES)) runner.it(title, () => check(http));
    for (const coding of ["gzip", "deflate", "br", "zstd"]) {
      runner.it(`undoes ${coding} strictly, or not at all`, () => checkCoding(http, coding));
    }
  });
}

interface Download {
  readonly answer: RawAnswer;
  /** The text that comes, or what the error says. */
  readonly expected: string | RegExp;
}

const HELLO = new TextEncoder().encode("hello");
const TEXT = new TextEncoder().encode(
  Array.from({ length: 4_000 }, (_, at) => `line ${(at * 7919) % 10_007}\n`).join(""),
);
const GZIP = bytes(zlib.gzipSync(TEXT));
const CUT_GZIP = GZIP.subarray(0, GZIP.byteLength >> 1);
const EARLY = /closed too early|ECONNRESET|ends early/;

/** Bodies of which the protocol tells where they end. */
const FRAMED: Readonly<Record<string, Download>> = {
  "takes a body of the length that was announced": { answer: whole(HELLO), expected: "hello" },
  "takes a body in chunks": {
    answer: { send: [head("transfer-encoding: chunked"), ...chunked(HELLO, HELLO)] },
    expected: "hellohello",
  },
  "takes a body that the end of the connection ends": {
    answer: { send: [head("connection: close"), "hello"] },
    expected: "hello",
  },
  "takes a body of HTTP/1.0": { answer: { send: ["HTTP/1.0 200 OK\r\n\r\nhello"] }, expected: "hello" },
  "takes an answer behind another that comes first": {
    answer: { send: ["HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", head("content-length: 5"), "hello"] },
    expected: "hello",
  },
  "refuses fewer bytes than announced": { answer: { send: [head("content-length: 10"), "hello"] }, expected: EARLY },
  "refuses none where some were announced": { answer: { send: [head("content-length: 10")] }, expected: EARLY },
  "refuses fewer bytes than announced in HTTP/1.0": {
    answer: { send: ["HTTP/1.0 200 OK\r\ncontent-length: 9\r\n\r\nhello"] },
    expected: EARLY,
  },
  "refuses more bytes than announced": {
    answer: { send: [`${head("content-length: 5")}hello and more`] },
    expected: /Parse Error|more/,
  },
  "refuses chunks without an end": {
    answer: { send: [head("transfer-encoding: chunked"), "5\r\nhello\r\n"] },
    expected: EARLY,
  },
  "refuses a chunk that is cut": {
    answer: { send: [head("transfer-encoding: chunked"), "9\r\nhello"] },
    expected: EARLY,
  },
  "refuses an end without its last line": {
    answer: { send: [head("transfer-encoding: chunked"), "5\r\nhello\r\n0\r\n"] },
    expected: EARLY,
  },
  "refuses a connection that breaks": {
    answer: { send: [head("content-length: 10"), "hello"], after: "reset" },
    expected: EARLY,
  },
  "refuses a connection that breaks where only its end would tell": {
    answer: { send: ["HTTP/1.0 200 OK\r\n\r\nhello"], after: "reset" },
    expected: EARLY,
  },
};

/** What comes encoded although nobody asked for it. */
const ENCODED: Readonly<Record<string, Download>> = {
  "refuses gzip that is cut, of the length that was announced": {
    answer: whole(CUT_GZIP, "content-encoding: gzip"),
    expected: /its gzip coding ends early/,
  },
  "refuses gzip that is cut, in chunks with an end": {
    answer: { send: [head("content-encoding: gzip", "transfer-encoding: chunked"), ...chunked(CUT_GZIP)] },
    expected: /its gzip coding ends early/,
  },
  "refuses gzip that is cut, with the end of the connection": {
    answer: { send: ["HTTP/1.0 200 OK\r\ncontent-encoding: gzip\r\n\r\n", CUT_GZIP] },
    expected: /its gzip coding ends early/,
  },
  "refuses gzip whose connection breaks": {
    answer: { send: [head(`content-length: ${GZIP.byteLength}`, "content-encoding: gzip"), CUT_GZIP], after: "reset" },
    expected: EARLY,
  },
  "refuses what is no gzip": { answer: whole(TEXT, "content-encoding: gzip"), expected: /its gzip coding is damaged/ },
  "refuses an encoded body that is empty": {
    answer: whole(new Uint8Array(), "content-encoding: br"),
    expected: /its br coding ends early/,
  },
  "knows other names of a coding, and case": {
    answer: whole(bytes(zlib.gzipSync("hello")), "content-encoding: X-GZip"),
    expected: "hello",
  },
  "undoes several codings in their order": {
    answer: whole(bytes(zlib.brotliCompressSync(zlib.gzipSync("hello"))), "content-encoding: gzip, identity, br"),
    expected: "hello",
  },
  "undoes deflate without a frame": {
    answer: whole(bytes(zlib.deflateRawSync("hello")), "content-encoding: deflate"),
    expected: "hello",
  },
  "refuses a coding that nobody knows by its name": {
    answer: whole(HELLO, "content-encoding: dcb"),
    expected: /^Cannot fetch "it": the response has the content coding "dcb", which cannot be decoded here$/,
  },
  "refuses a transfer coding other than chunks": {
    answer: { send: [head("transfer-encoding: gzip, chunked"), ...chunked(bytes(zlib.gzipSync("hello")))] },
    expected: /transfer coding "gzip, chunked"/,
  },
};

/** What is no answer. */
const AWRY: Readonly<Record<string, Download>> = {
  "tells that nothing came": { answer: { send: [] }, expected: /socket hang up|without an answer/ },
  "tells that headers were cut": {
    answer: { send: ["HTTP/1.1 200 OK\r\ncontent-le"] },
    expected: /hang up|without an answer/,
  },
  "tells that it is no HTTP": { answer: { send: ["220 mail\r\n\r\n"] }, expected: /Parse Error/ },
  "tells of a server that wants another protocol": {
    answer: {
      send: ["HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"],
      after: "nothing",
    },
    expected: /another protocol/,
  },
  "refuses two lengths": {
    answer: { send: [`${head("content-length: 5", "content-length: 6")}hello!`] },
    expected: /Parse Error/,
  },
  "refuses a status that there is not": {
    answer: { send: ["HTTP/1.1 999 No\r\ncontent-length: 0\r\n\r\n"] },
    expected: /the response has status 999$/,
  },
};

const CASES: Readonly<Record<string, (http: Http) => Promise<void>>> = {
  "connects to an address that was asked about, and to no other": async (http) => {
    await withServer(
      () => whole(HELLO),
      async (server) => {
        const { port } = new URL(server.base);
        const asked: string[] = [];
        const get = (host: string, allowed: string) => {
          const allowsAddress = (address: string): boolean => {
            asked.push(address);
            return address === allowed;
          };
          return http.get(new URL(`http://${host}:${port}/`), { headers: { "accept-encoding": "x" }, allowsAddress });
        };
        for (const host of ["localhost", "127.0.0.1", "2130706433"]) {
          const { body } = await get(host, "127.0.0.1");
          assertEquals(await new Response(body).text(), "hello");
          assert(asked.splice(0).includes("127.0.0.1"), host);
          const refused = await get(host, "10.0.0.1").then(
            String,
            (error: { code?: unknown; message?: unknown }) => error,
          );
          assertEquals(typeof refused === "string" ? refused : refused.code, "REFUSED");
          assert(asked.splice(0).includes("127.0.0.1"), host);
        }
        assertEquals(server.requests.length, 3);
        assert(/^host: localhost:\d+\r$/im.test(server.requests[0] ?? ""), server.requests[0] ?? "");
        const unknown = await get("no-such-host.invalid", "127.0.0.1").then(String, String);
        assert(/ENOTFOUND|EAI_AGAIN|EPERM/.test(unknown), unknown);
      },
    );
  },

  "asks for the bytes as they are, and says nothing about anybody": async (http) => {
    await withServer(
      () => whole(HELLO),
      async (server) => {
        const url = new URL(`${server.base}/x?a=1#top`);
        [url.username, url.password] = ["user", "hunter2"];
        assertEquals(await textOf(await download(http, url, { name: "it" })), "hello");
        const [request = ""] = server.requests;
        assert(request.startsWith("GET /x?a=1 HTTP/1.1\r\n"), request);
        assert(/^connection: close\r$/im.test(request), request);
        assert(/^accept-encoding: identity\r$/im.test(request), request);
        assert(!/authorization|cookie|referer|hunter2/i.test(request), request);
      },
    );
  },

  "gives status, type and length as the server does": async (http) => {
    const answers: Readonly<Record<string, RawAnswer>> = {
      "/ok": whole(HELLO, "content-type: text/csv", "x: \u00e9"),
      "/gone": { send: ["HTTP/1.1 410 Gone \u00e9\r\ncontent-length: 4\r\n\r\nnope"] },
      "/none": { send: ["HTTP/1.1 204 No Content\r\n\r\n"] },
      "/part": { send: ["HTTP/1.1 206 Partial Content\r\ncontent-length: 1\r\n\r\nh"] },
    };
    await withServer(
      (path) => answers[path] ?? { send: [] },
      async ({ base }) => {
        const get = (path: string): Promise<Response> => download(http, new URL(path, base), { name: "it" });
        const ok = await get("/ok");
        assertEquals([ok.headers.get("content-type"), ok.headers.get("content-length")], ["text/plain", "5"]);
        await ok.body?.cancel();
        const [gone, none, part] = [await get("/gone"), await get("/none"), await get("/part")];
        assertEquals([gone.status, none.status, part.status], [410, 204, 206]);
        await Promise.all([gone, none, part].map(({ body }) => body?.cancel()));
      },
    );
  },

  "follows redirects, and stops where it must": async (http) => {
    const to = (location: string, status = 302): RawAnswer => ({
      send: [`HTTP/1.1 ${status} Moved\r\nlocation: ${location}\r\ncontent-length: 3\r\n\r\nold`],
    });
    const answers = (path: string, base: string): RawAnswer => {
      if (path === "/a/start") return to("next?x=1", 301);
      if (path === "/a/next?x=1") return to(`${base.replace("//", "//user:hunter2@")}/end#top`, 308);
      if (path === "/end") return whole(HELLO);
      if (path === "/circle") return to("/circle");
      if (path === "/file") return to("file:///etc/passwd", 307);
      if (path === "/bad") return to("http://[", 303);
      if (path === "/nowhere") return { send: ["HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n"] };
      return to(`/far/${Number(path.split("/").at(-1)) + 1}`);
    };
    await withServer(answers, async ({ base, requests }) => {
      const tell = (path: string): Promise<string> => outcome(http, `${base}${path}`);
      assertEquals(await tell("/a/start"), "hello");
      assert(!/authorization|hunter2/i.test(requests.join("")), "no credentials");
      assertEquals(await tell("/circle"), 'Cannot fetch "it": it redirects in a circle');
      assertEquals(await tell("/file"), 'Cannot fetch "it": it redirects to a URL with the scheme "file:"');
      assertEquals(await tell("/bad"), 'Cannot fetch "it": it redirects to what is no URL');
      assertEquals(await tell("/far/1"), 'Cannot fetch "it": it redirects more than 20 times');
      assertEquals((await download(http, new URL("/nowhere", base), { name: "it" })).status, 302);
    });
  },

  "gives what was published in a coding as it was published": async (http) => {
    const answers: Readonly<Record<string, RawAnswer>> = {
      "/x.tar.gz": whole(GZIP, "content-encoding: gzip"),
      "/cut.tar.gz": whole(CUT_GZIP, "content-encoding: gzip"),
      "/padded.tgz": whole(new Uint8Array([...GZIP, 0, 0]), "content-encoding: gzip"),
      "/download": whole(GZIP, "content-encoding: gzip", 'content-disposition: attachment; filename="x.tgz"'),
      "/old.Z": whole(HELLO, "content-encoding: x-compress"),
      "/x.csv": whole(GZIP, "content-encoding: gzip"),
      "/x.gz?twice": whole(bytes(zlib.brotliCompressSync(GZIP)), "content-encoding: gzip, br"),
      "/here": { send: ["HTTP/1.1 302 Found\r\nlocation: /x.tar.gz\r\ncontent-length: 0\r\n\r\n"] },
    };
    await withServer(
      (path) => answers[path] ?? { send: [] },
      async ({ base }) => {
        for (const path of ["/x.tar.gz", "/here", "/download", "/x.gz?twice"]) {
          const response = await download(http, new URL(path, base), { name: "it" });
          assertEquals(response.headers.get("content-type"), "application/gzip", path);
          assertEquals(new Uint8Array(await response.arrayBuffer()), GZIP, path);
        }
        assertEquals((await outcome(http, `${base}/padded.tgz`)).length > 100, true);
        assertEquals(await outcome(http, `${base}/old.Z`), "hello");
        assertEquals(await outcome(http, `${base}/x.csv`), new TextDecoder().decode(TEXT));
        assertEquals(await outcome(http, `${base}/cut.tar.gz`), "its gzip coding ends early");
      },
    );
  },

  "ends at once when it is aborted, before the headers and within the body": async (http) => {
    const answers = (path: string): RawAnswer => ({ send: path === "/body" ? [head(), "hel"] : [], after: "nothing" });
    await withServer(answers, async ({ base, open }) => {
      for (const path of ["/headers", "/body"]) {
        const controller = new AbortController();
        setTimeout(() => controller.abort("enough"), 50);
        const reason = await download(http, new URL(path, base), { name: "it", signal: controller.signal })
          .then(textOf)
          .catch((error: unknown) => error);
        assertEquals(reason, "enough", path);
      }
      const before = download(http, new URL(base), { name: "it", signal: AbortSignal.abort("before") });
      assertEquals(await before.catch((error: unknown) => error), "before");
      const left = await download(http, new URL("/body", base), { name: "it" });
      await left.body?.cancel();
      await until(() => open() === 0);
    });
  },

  "tells that nobody answers": async (http) => {
    const server = await startRawServer(() => ({ send: [] }));
    await server.close();
    const error = await download(http, new URL(server.base), { name: "it" }).catch((reason: unknown) => reason);
    assert(error instanceof Error && "code" in error && error.code === "ECONNREFUSED", String(error));
  },
};

/** What is whole comes out; what is cut anywhere, damaged or followed by more is an error. */
async function checkCoding(http: Http, coding: string): Promise<void> {
  const decoder = await http.findDecoder(coding);
  const encode = { gzip: zlib.gzipSync, deflate: zlib.deflateSync, br: zlib.brotliCompressSync }[coding];
  const zstd: unknown = Reflect.get(zlib, "zstdCompressSync");
  const encoded = encode ? bytes(encode(TEXT)) : typeof zstd === "function" ? bytes(zstd(TEXT)) : undefined;
  assert(coding === "zstd" || decoder !== undefined, `expected a decoder for ${coding}`);
  if (decoder === undefined || encoded === undefined) return;
  const { decode, check } = decoder;
  for (const size of [encoded.byteLength, 1000, 7]) {
    assertEquals(await bytesOf(decode(inPieces(encoded, size))), TEXT, `decoded in pieces of ${size}`);
    assertEquals(await bytesOf(check(inPieces(encoded, size))), encoded, `checked in pieces of ${size}`);
  }
  const flipped = encoded.map((byte, at) => (at === encoded.byteLength - 6 ? byte ^ 0xff : byte));
  const cuts = [0, 1, 5, encoded.byteLength >> 1, encoded.byteLength - 8, encoded.byteLength - 1];
  const wrong = [flipped, ...cuts.map((length) => encoded.subarray(0, length)), TEXT];
  wrong.push(new Uint8Array([...encoded, 1, 2, 3]), new Uint8Array([...encoded, ...encoded.subarray(0, 50)]));
  for (const [at, body] of wrong.entries()) {
    for (const pass of [decode, check]) {
      for (const size of [body.byteLength, 1000]) {
        const error = await bytesOf(pass(inPieces(body, size))).catch((reason: unknown) => reason);
        assert(error instanceof Error && error.message.includes(`${coding} coding`), `${at}: ${String(error)}`);
      }
    }
  }
}

async function checkDownload(http: Http, answer: RawAnswer, expected: string | RegExp): Promise<void> {
  await withServer(
    () => answer,
    async ({ base, open }) => {
      const came = await outcome(http, `${base}/data.txt`);
      if (typeof expected === "string") assertEquals(came, expected);
      else assert(expected.test(came) && !came.startsWith("hello"), `expected ${expected}, got ${came}`);
      await until(() => open() === 0);
    },
  );
}

async function withServer(
  answer: (path: string, base: string) => RawAnswer,
  work: (server: RawServer) => Promise<void>,
): Promise<void> {
  const server = await startRawServer(answer);
  try {
    await work(server);
  } finally {
    await server.close();
  }
}

/** The text that came, or what the error says. */
async function outcome(http: Http, url: string): Promise<string> {
  try {
    return await textOf(await download(http, new URL(url), { name: "it" }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Read piece by piece, as the catalog does. */
async function textOf({ body }: Response): Promise<string> {
  return body === null ? "" : new TextDecoder().decode(await bytesOf(body));
}

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  for (let step = await reader.read(); !step.done; step = await reader.read()) chunks.push(step.value);
  return new Uint8Array(await new Blob(chunks.map((chunk) => chunk.slice())).arrayBuffer());
}

function inPieces(content: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= content.byteLength) return controller.close();
      controller.enqueue(content.slice(at, at + size));
      at += size;
    },
  });
}

/** Connections close a moment later. */
async function until(holds: () => boolean): Promise<void> {
  for (let round = 0; !holds(); round++) {
    assert(round < 500, "expected the connection to be closed");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** As they are compared. */
function bytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer);
}
