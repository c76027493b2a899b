import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findPathOfUri } from "../../src/core/storage-uri.ts";
import { blocksOf } from "../acceptance/readme-blocks.ts";
import { ROOT } from "../package/built-package.ts";
import { installed, type Ran } from "../runtimes/together/installed-project.ts";
// biome-ignore lint/correctness/useImportExtensions: that is its extension; what ends in .d.mts are its types.
import { startWorker } from "../runtimes/workerd/start-worker.mjs";
import { type DownloadServer, giving, givingTogether, serveDownloads } from "./download-server.ts";
import { createExampleProject, emptyFolders, rowsOf } from "./example-project.ts";

const HELLO_SHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

let project = "";
let server: DownloadServer;

beforeAll(async () => {
  project = createExampleProject();
  const together = givingTogether("hello", 3);
  server = await serveDownloads({
    ...{ "/one.txt": together, "/two.txt": together, "/three.txt": together },
    "/a.txt": giving("hello"),
    "/b.txt": giving("hello"),
    "/c.txt": giving("another"),
    "/busy.txt": (response, times) => {
      if (times < 3) response.writeHead(503, { "retry-after": "0" }).end();
      else giving("came late")(response, times);
    },
    "/broken.txt": (response, times) => {
      if (times > 1) return giving("came whole")(response, times);
      response.writeHead(200, { "content-length": "10" });
      response.write("came", () => response.destroy());
    },
    "/endless.txt": (response) => {
      response.writeHead(200);
      response.write("and so on");
    },
  });
});

afterAll(() => {
  server.close();
  rmSync(project, { recursive: true, force: true });
});

beforeEach(() => emptyFolders(project));

/** Runs a program in the project. */
function runIn(words: readonly string[]): Promise<Ran> {
  const [program = "", ...args] = words;
  return new Promise((resolve) => {
    execFile(program, args, { cwd: project, encoding: "utf8" }, (error, stdout, stderr) => {
      resolve({ stdout, stderr, exitCode: error?.code ?? 0 });
    });
  });
}

/** Deno with what the examples are told to be given, and nothing else. */
function denoCommand(script: string): readonly string[] {
  const host = new URL(server.origin).host;
  const permissions = ["--allow-read=state,data", "--allow-write=state,data", `--allow-net=${host}`];
  return [installed("deno/deno"), "run", "--no-prompt", ...permissions, script];
}

async function textsOf(): Promise<readonly string[]> {
  const texts = (await rowsOf(project)).map(({ storageUri }) => readFileSync(findPathOfUri(storageUri) ?? "", "utf8"));
  return texts.sort();
}

describe("Example for Deno", () => {
  it("stores a download with the permissions that it names, and a second one once", async () => {
    const script = "examples/deno/ingest.ts";
    const first = await runIn([...denoCommand(script), `${server.origin}/a.txt`]);
    expect(first).toMatchObject({ exitCode: 0, stderr: "" });
    expect(first.stdout).toMatch(new RegExp(`^created\n${HELLO_SHA256} 5 file:///`));
    const second = await runIn([...denoCommand(script), `${server.origin}/b.txt`]);
    expect(second.stdout).toMatch(/^created, bytes were stored already\n/);
    expect(await textsOf()).toEqual(["hello", "hello"]);
  });

  it("ends with an error, and registers nothing, when there is no such download", async () => {
    const { exitCode, stderr } = await runIn([...denoCommand("examples/deno/ingest.ts"), `${server.origin}/gone.txt`]);
    expect([exitCode, stderr.includes("the response has status 404")]).toEqual([1, true]);
    expect(await rowsOf(project)).toEqual([]);
  });
});

describe("Example for Bun", () => {
  it("stores downloads, each content once, and goes on after one that fails", async () => {
    const urls = ["a", "gone", "b", "c"].map((name) => `${server.origin}/${name}.txt`);
    const ran = await runIn([installed("bun/bin/bun"), "examples/bun/ingest.ts", ...urls]);
    expect(ran.exitCode).toBe(3);
    expect(ran.stderr).toContain(`${server.origin}/gone.txt: Cannot ingest`);
    expect(ran.stdout.split("\n").map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "created stored",
      "created deduplicated",
      "created stored",
      "",
    ]);
    expect(await textsOf()).toEqual(["another", "hello", "hello"]);
  });
});

describe("Example for the edge", () => {
  it("says whether a hash is in a catalog file, and where", async () => {
    await runIn([installed("bun/bin/bun"), "examples/bun/ingest.ts", `${server.origin}/a.txt`]);
    const file = readFileSync(join(project, "state", "catalog.sqlite"));
    const files = await serveDownloads({ "/catalog.sqlite": (response) => response.end(file) });
    const CATALOG_URL = `${files.origin}/catalog.sqlite`;
    const worker = await startWorker(join(project, "examples", "edge", "worker.ts"), { CATALOG_URL });
    try {
      const [{ storageUri = "" } = {}] = await rowsOf(project);
      for (const hash of [HELLO_SHA256, "2CF2"]) {
        const response = await worker.fetch(`/${hash}`);
        const places = [{ sha256: HELLO_SHA256, bytes: 5, storageUri }];
        expect([response.status, await response.json()]).toEqual([200, { found: true, places }]);
      }
      const none = await worker.fetch("/ffff");
      expect([none.status, await none.json()]).toEqual([404, { found: false, places: [] }]);
      expect((await worker.fetch("/no-hash")).status).toBe(400);
      expect((await worker.fetch("/ffff", { method: "POST", body: "" })).status).toBe(405);
      expect(files.requests.get("/catalog.sqlite")).toBe(1);
    } finally {
      await worker.dispose();
      files.close();
    }
  });

  it("says so when the catalog file cannot be had, and asks again", async () => {
    const file = await serveDownloads({});
    const CATALOG_URL = `${file.origin}/catalog.sqlite`;
    const worker = await startWorker(join(project, "examples", "edge", "worker.ts"), { CATALOG_URL });
    try {
      for (const _ of [1, 2]) expect((await worker.fetch("/ffff")).status).toBe(503);
      expect(file.requests.get("/catalog.sqlite")).toBe(2);
    } finally {
      await worker.dispose();
      file.close();
    }
  });
});

describe("Example for Node", () => {
  const PIPELINE = ["examples/node/pipeline.mjs", "urls.txt", "--concurrency", "3", "--backoff-ms", "10"];

  function listUrls(names: readonly string[]): void {
    writeFileSync(join(project, "urls.txt"), `${names.map((name) => `${server.origin}/${name}.txt`).join("\n")}\n`);
  }

  it("takes all that come, tries again what may pass, and names the rest", async () => {
    listUrls(["one", "two", "three", "busy", "broken", "gone", "c"]);
    const { stdout, stderr, exitCode } = await runIn([process.execPath, ...PIPELINE]);
    expect([exitCode, stderr]).toEqual([3, `${server.origin}/gone.txt: status 404 Not Found\n`]);
    expect(stdout).toContain("7 URLs: 4 stored, 2 deduplicated, 0 known, 1 failed\n");
    expect(await textsOf()).toEqual(["another", "came late", "came whole", "hello", "hello", "hello"]);
    expect([server.requests.get("/busy.txt"), server.requests.get("/broken.txt")]).toEqual([3, 2]);
    expect(server.mostAtOnce()).toBe(3);
    const askedFor = server.requests.get("/c.txt");
    const again = await runIn([process.execPath, ...PIPELINE]);
    expect(again.stdout).toContain("7 URLs: 0 stored, 0 deduplicated, 6 known, 1 failed\n");
    expect(server.requests.get("/c.txt")).toBe(askedFor);
  });

  it("stops when it is told to, with what was acknowledged", async () => {
    listUrls(["a", "endless", "c"]);
    const [, ...more] = PIPELINE;
    const child = spawn(process.execPath, [PIPELINE[0] ?? "", ...more.with(2, "1")], { cwd: project });
    await untilAsked("/endless.txt");
    child.kill("SIGINT");
    const [exitCode, output] = await Promise.all([exitOf(child), outputOf(child)]);
    expect([exitCode, output]).toEqual([130, expect.stringContaining("Stopped; 2 are left.")]);
    expect(await textsOf()).toEqual(["hello"]);
  });

  async function untilAsked(path: string): Promise<void> {
    while (!server.requests.has(path)) await new Promise((resolve) => setTimeout(resolve, 10));
  }
});

async function exitOf(child: ChildProcess): Promise<unknown> {
  const [code] = await once(child, "exit");
  return code;
}

async function outputOf(child: ChildProcess): Promise<string> {
  let text = "";
  for await (const chunk of child.stdout ?? []) text += String(chunk);
  return text;
}

describe("Examples of README.md", () => {
  /** The block for an entry, as a file of the project. */
  function writeBlock(host: string): string {
    const [block, ...more] = blocksOf("ts").filter((each) => each.includes(`"content-catalog/${host}"`));
    expect([host, block, more]).toEqual([host, expect.any(String), []]);
    writeFileSync(join(project, "examples", `readme-${host}.ts`), block ?? "");
    return join("examples", `readme-${host}.ts`);
  }

  it("run under Deno and Bun", async () => {
    const url = `${server.origin}/a.txt`;
    const commands = [denoCommand(writeBlock("deno")), [installed("bun/bin/bun"), writeBlock("bun")]];
    for (const command of commands) {
      emptyFolders(project);
      const { stdout, stderr, exitCode } = await runIn([...command, url]);
      expect([exitCode, stderr, stdout.includes(HELLO_SHA256)]).toEqual([0, "", true]);
      expect(await textsOf()).toEqual(["hello"]);
    }
  });

  it("answer at the edge, and take in into its bucket", async () => {
    const worker = await startWorker(join(project, writeBlock("workerd")));
    try {
      const response = await worker.fetch(`/?url=${server.origin}/a.txt`);
      expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/vnd.sqlite3"]);
      mkdirSync(join(project, "state"), { recursive: true });
      writeFileSync(join(project, "state", "catalog.sqlite"), new Uint8Array(await response.arrayBuffer()));
      const [{ storageUri = "", sha256 = "" } = {}] = await rowsOf(project);
      expect(sha256).toBe(HELLO_SHA256);
      const object = await (await worker.bucket()).get(storageUri.slice("s3://papers/".length));
      expect(await object?.text()).toBe("hello");
    } finally {
      await worker.dispose();
    }
  });
});

describe("Examples", () => {
  it("compile as they stand", () => {
    writeFileSync(join(project, "deno.d.ts"), "declare const Deno: { args: string[]; exit(code: number): never };\n");
    const options = {
      ...{ target: "esnext", module: "esnext", moduleResolution: "bundler", strict: true, noEmit: true },
      ...{ lib: ["ESNext", "DOM", "DOM.AsyncIterable"], types: ["node"], checkJs: false },
    };
    const include = ["deno.d.ts", "examples/**/*.ts"];
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include }));
    const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
    expect(spawnSync(process.execPath, [tsc, "-p", "."], { cwd: project, encoding: "utf8" }).stdout).toBe("");
  });

  it("are all listed", () => {
    const list = readFileSync(join(ROOT, "examples", "README.md"), "utf8");
    for (const path of ["node/pipeline.mjs", "deno/ingest.ts", "bun/ingest.ts", "edge/worker.ts"]) {
      expect(list).toContain(`](${path})`);
    }
  });
});
