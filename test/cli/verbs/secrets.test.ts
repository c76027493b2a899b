import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCatalog } from "../../../src/hosts/node.ts";
import { head, type RawServer, startRawServer, whole } from "../../runtimes/http/raw-server.ts";
import { makeFolder, type RunResult, runCli } from "../test-host.ts";

const SECRET = "hunter2";
const SIGNED = `https://e.org/k.pdf?X-Amz-Credential=${SECRET}&X-Amz-Signature=${SECRET}&token=${SECRET}#key=${SECRET}`;
const LOGIN = `https://user:${SECRET}@e.org/k.pdf`;

let folder: Awaited<ReturnType<typeof makeFolder>>;
let server: RawServer;

beforeEach(async () => {
  folder = await makeFolder();
  server = await startRawServer((path) => {
    if (path.startsWith("/cut")) return { send: [head("content-length: 9"), "hello"] };
    if (path.startsWith("/to")) {
      return { send: [`HTTP/1.1 302 Found\r\nlocation: /k.pdf?token=${SECRET}\r\ncontent-length: 0\r\n\r\n`] };
    }
    return whole(new TextEncoder().encode(path.split("?")[0]));
  });
});

afterEach(async () => {
  await server.close();
  await folder.remove();
});

async function run(...argv: readonly string[]): Promise<RunResult> {
  const parts = { openStdin: () => new Blob(["piped"]).stream() };
  return runCli(folder.path, argv, parts);
}

/** Files whose name or content has the secret. */
async function filesWithSecret(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder.path, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const content = entry.isFile() ? await readFile(path, "latin1") : "";
    if (path.includes(SECRET) || content.includes(SECRET)) found.push(relative(folder.path, path));
  }
  return found.sort();
}

function manifestLine(sourceUrl: string, artifactId: string): string {
  return `${JSON.stringify({ artifact_id: artifactId, url: sourceUrl, resolver: LOGIN, run_id: SIGNED, path: "k.pdf" })}\n`;
}

describe("a secret in a URL", () => {
  it.each<[string, () => Promise<RunResult>]>([
    ["add URL", () => run("add", `${server.base}/k.pdf?token=${SECRET}&sig=${SECRET}`, "--verbose")],
    ["add of a URL that redirects", () => run("add", `${server.base}/to?key=${SECRET}`, "--verbose")],
    ["add of a URL that is cut off", () => run("add", `${server.base}/cut?key=${SECRET}`, "--verbose", "--json")],
    ["add of a URL with a password", () => run("add", LOGIN, "--verbose")],
    [
      "add FILE",
      () => run("add", "k.pdf", "--source-url", SIGNED, "--artifact-id", `url:${LOGIN}`, "--resolver", LOGIN),
    ],
    ["add -", () => run("add", "-", "--source-url", LOGIN, "--artifact-id", SIGNED, "--run-id", SIGNED)],
    ["add --into none", () => run("add", "k.pdf", "--into", "none", "--source-url", SIGNED)],
    ["add --into move", () => run("add", "k.pdf", "--into", "move", "--source-url", SIGNED, "--json")],
    ["import-manifest", () => run("import-manifest", "m.jsonl", "--json")],
    [
      "import-manifest --into copy",
      () => run("import-manifest", "m.jsonl", "--into", "copy", "--set", "storage.layout=cas"),
    ],
    ["import of lines that are no good", () => run("import-manifest", "bad.jsonl", "--format", "jsonl")],
    ["show", () => run("show", SIGNED)],
    ["variants", () => run("variants", LOGIN)],
    ["search", () => run("search", "--source-url", SIGNED, "--text", LOGIN)],
    ["remove", () => run("remove", LOGIN)],
  ])("is stored, shown and logged nowhere by %s", async (_name, work) => {
    await writeFile(join(folder.path, "k.pdf"), "hello");
    await writeFile(join(folder.path, "m.jsonl"), manifestLine(SIGNED, "doi:1") + manifestLine(LOGIN, `url:${SIGNED}`));
    const torn = `{"url":"${LOGIN}`;
    await writeFile(join(folder.path, "bad.jsonl"), `${manifestLine(`${SIGNED}\0`, "doi:1")}${torn}\n["${SIGNED}"]\n`);
    await run("init");
    const { stdout, stderr } = await work();
    expect(await filesWithSecret()).toEqual(["bad.jsonl", "m.jsonl"]);
    await Promise.all(["m.jsonl", "bad.jsonl"].map((name) => rm(join(folder.path, name))));
    expect(stdout + stderr).not.toContain(SECRET);
    const { stdout: all } = await run("search", "--json");
    expect(all).not.toContain(SECRET);
    expect(await filesWithSecret()).toEqual([]);
  });

  it("is stored nowhere by a program, in no field", async () => {
    await writeFile(join(folder.path, "k.pdf"), "hello");
    const catalog = await openCatalog({
      catalog: { path: join(folder.path, "state/catalog.sqlite") },
      storage: {
        rootDir: join(folder.path, "data"),
        pathTemplate: "{host}/{resolver}/{artifact_id}/{run_id}/{basename}",
      },
    });
    const key = { artifactId: SIGNED, sourceUrl: LOGIN, resolver: SIGNED, runId: LOGIN };
    const bytes = new TextEncoder().encode("hello");
    const { record } = await catalog.ingest(bytes, { ...key, basename: `k.pdf?token=${SECRET}` });
    await catalog.finalize(join(folder.path, "k.pdf"), { ...key, sourceUrl: SIGNED });
    await catalog.registerOrGet({ ...key, artifactId: "doi:1", bytes: 1, storageUri: `s3://id:${SECRET}@bucket/k` });
    const variant = { variant: SIGNED, bytes: 1, storageUri: `https://e.org/k?token=${SECRET}` };
    await catalog.addVariant(record.id, variant);
    const failed = catalog.ingest(new Response("x", { status: 410 }), { ...key, artifactId: LOGIN });
    await expect(failed).rejects.not.toThrow(SECRET);
    expect(await catalog.listByRun(LOGIN)).toHaveLength(3);
    await catalog.remove([record.id], { reason: "test" });
    await catalog.close();
    expect(await filesWithSecret()).toEqual([]);
  });

  it("keeps keys apart, while a signature does not", async () => {
    const url = `${server.base}/k.pdf`;
    for (const query of ["token=a", "token=b", "X-Amz-Signature=a", "X-Amz-Signature=b", "resumptionToken=a"]) {
      expect((await run("add", `${url}?${query}`)).exitCode).toBe(0);
    }
    const { lines } = await run("search", "--json");
    const urls = lines.filter(({ type }) => type === "record").map((each) => String(each["source_url"]));
    expect(urls.map((each) => each.replace(url, ""))).toEqual([
      expect.stringMatching(/^\?token=~[0-9a-f]{10}$/),
      expect.stringMatching(/^\?token=~[0-9a-f]{10}$/),
      "",
      "?resumptionToken=a",
    ]);
    expect((await run("show", `${url}?token=b`)).exitCode).toBe(0);
    expect((await run("show", `url:${url}?X-Amz-Signature=c`)).exitCode).toBe(0);
  });
});
