import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  chunked,
  head,
  type RawAnswer,
  type RawServer,
  startRawServer,
  whole,
} from "../../runtimes/http/raw-server.ts";
import { hashOf } from "../filled-catalog.ts";
import { makeFolder, type RunResult, runCli } from "../test-host.ts";

const LINES = Array.from({ length: 20_000 }, (_, at) => `line ${(at * 7919) % 10_007}\n`).join("");
const GZIP = gzipSync(LINES);
const CUT = GZIP.subarray(0, GZIP.byteLength >> 1);

const ANSWERS: Readonly<Record<string, RawAnswer>> = {
  "/short": { send: [head("content-length: 10"), "hello"] },
  "/long": { send: [`${head("content-length: 5")}hello and more`] },
  "/chunks": { send: [head("transfer-encoding: chunked"), "5\r\nhello\r\n"] },
  "/reset": { send: ["HTTP/1.0 200 OK\r\n\r\nhello"], after: "reset" },
  "/cut-gzip": whole(CUT, "content-encoding: gzip"),
  "/cut-gzip-chunks": { send: [head("content-encoding: gzip", "transfer-encoding: chunked"), ...chunked(CUT)] },
  "/cut.tar.gz": whole(CUT, "content-encoding: gzip"),
  "/odd": whole(CUT, "content-encoding: dcb"),
  "/gone": { send: ["HTTP/1.1 410 Gone\r\ncontent-length: 4\r\n\r\nnope"] },
  "/part": { send: ["HTTP/1.1 206 Partial Content\r\ncontent-length: 1\r\n\r\nh"] },
  "/loop": { send: ["HTTP/1.1 302 Found\r\nlocation: /loop\r\ncontent-length: 0\r\n\r\n"] },
  "/lines.txt": whole(GZIP, "content-encoding: gzip"),
  "/x.tar.gz": whole(GZIP, "content-encoding: gzip"),
  "/here": { send: ["HTTP/1.1 302 Found\r\nlocation: lines.txt\r\ncontent-length: 0\r\n\r\n"] },
};

let folder: Awaited<ReturnType<typeof makeFolder>>;
let server: RawServer;

beforeEach(async () => {
  folder = await makeFolder();
  server = await startRawServer((path) => ANSWERS[path] ?? { send: [], after: "nothing" });
});

afterEach(async () => {
  await server.close();
  await folder.remove();
});

function add(...paths: readonly string[]): Promise<RunResult> {
  return runCli(folder.path, ["add", ...paths.map((path) => server.base + path)]);
}

async function rows(): Promise<readonly Record<string, unknown>[]> {
  const { lines } = await runCli(folder.path, ["search", "--json"]);
  return lines.filter(({ type }) => type === "record");
}

/** All files below the root, also those that are on their way in. */
async function files(): Promise<readonly string[]> {
  const root = join(folder.path, "data/docs");
  const found = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const isOwn = ({ parentPath }: { readonly parentPath: string }): boolean =>
    /\/\.(content-catalog|trash)$/.test(parentPath);
  return found.filter((each) => each.isFile() && !isOwn(each)).map(({ name }) => name);
}

describe("add of a URL whose bytes are not whole", () => {
  it.each([
    ["/short", "unavailable", "the connection was closed too early"],
    ["/long", "unavailable", "Parse Error"],
    ["/chunks", "unavailable", "the connection was closed too early"],
    ["/reset", "unavailable", "ECONNRESET"],
    ["/cut-gzip", "unavailable", "its gzip coding ends early"],
    ["/cut-gzip-chunks", "unavailable", "its gzip coding ends early"],
    ["/cut.tar.gz", "unavailable", "its gzip coding ends early"],
    ["/odd", "refused", 'the content coding \\"dcb\\", which cannot be decoded here'],
    ["/gone", "refused", "status 410"],
    ["/part", "refused", "only a part"],
    ["/loop", "refused", "it redirects in a circle"],
  ])("stores and registers nothing: %s", async (path, kind, reason) => {
    const { exitCode, stderr } = await add(path);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(new RegExp(`^${kind}: Cannot add "${server.base}${path}": `));
    expect(stderr).toContain(reason.replaceAll("\\", ""));
    expect(stderr).toMatch(/\. Nothing was stored; .*\.\n$/);
    expect([await rows(), await files()]).toEqual([[], []]);
  });

  it("ends at once when it is interrupted, and leaves nothing", async () => {
    const interrupting = {
      onInterrupt: (callback: () => void) => {
        setTimeout(callback, 300);
      },
    };
    const result = await runCli(folder.path, ["add", `${server.base}/silent`], interrupting);
    expect(result).toMatchObject({ exitCode: 130, stdout: "" });
    expect([await rows(), await files()]).toEqual([[], []]);
  });
});

describe("add of a URL whose bytes come encoded", () => {
  it("stores what is in them, but of what was published so the bytes as they are", async () => {
    expect((await add("/lines.txt", "/here", "/x.tar.gz")).exitCode).toBe(0);
    const found = await rows();
    expect(found.map((each) => [each["sha256"], each["content_type"]])).toEqual([
      [hashOf(LINES), "text/plain"],
      [hashOf(LINES), "text/plain"],
      [expect.any(String), "application/gzip"],
    ]);
    expect(await readFile(new URL(String(found[2]?.["storage_uri"])))).toEqual(GZIP);
    expect(server.requests.every((request) => /^accept-encoding: identity\r$/im.test(request))).toBe(true);
  });
});
