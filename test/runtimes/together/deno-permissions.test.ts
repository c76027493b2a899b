import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createProject, denoCommand, emptyWork, type Ran, runProgram } from "./installed-project.ts";

let project = "";
let server: Server;
let host = "";

beforeAll(async () => {
  project = createProject();
  server = createServer((_request, response) => response.end("hello")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  host = `127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});
beforeEach(() => {
  emptyWork(project);
});
afterAll(() => {
  server.close();
  rmSync(project, { recursive: true, force: true });
});

/** Runs the command line with what everything local needs, and these further permissions. */
function catalog(permissions: readonly string[], ...words: readonly string[]): Promise<Ran> {
  const script = join("node_modules", "content-catalog", "dist", "bin.mjs");
  const where = ["--catalog", "work/state/catalog.sqlite", "--root", "work/data"];
  return runProgram([...denoCommand(project), ...permissions, script, ...words, ...where], project);
}

describe("Command line on Deno with few permissions", () => {
  it("names --allow-net where it is missing, and stores nothing", async () => {
    const refused = await catalog([], "add", `http://${host}/paper.txt`);
    expect([refused.exitCode, refused.stderr + refused.stdout]).toEqual([3, expect.stringContaining("--allow-net")]);
    expect((await catalog([], "search", "--resolver", "http")).exitCode).toBe(1);
    const elsewhere = await catalog(["--allow-net=127.0.0.1:1"], "add", `http://${host}/paper.txt`);
    expect([elsewhere.exitCode, elsewhere.stderr + elsewhere.stdout]).toEqual([
      3,
      expect.stringContaining("--allow-net"),
    ]);
    const added = await catalog([`--allow-net=${host}`], "add", `http://${host}/paper.txt`, "--quiet");
    expect([added.exitCode, added.stderr]).toEqual([0, ""]);
    const shown = await catalog([], "show", `url:http://${host}/paper.txt`, "--json");
    const { storage_uri: uri } = JSON.parse(shown.stdout.split("\n")[0] ?? "");
    expect(readFileSync(new URL(uri), "utf8")).toBe("hello");
  });

  it("reads no environment without --allow-env, and goes on", async () => {
    vi.stubEnv("CATALOG_STORAGE__LAYOUT", "cas");
    try {
      const layoutOf = async (permissions: readonly string[]): Promise<unknown> => {
        const { stdout, stderr, exitCode } = await catalog(permissions, "config", "--json");
        expect([exitCode, stderr]).toEqual([0, ""]);
        return /"key":"storage\.layout","value":"(\w+)"/.exec(stdout)?.[1];
      };
      expect([await layoutOf([]), await layoutOf(["--allow-env"])]).toEqual(["policy_path", "cas"]);
    } finally {
      vi.unstubAllEnvs();
    }
    expect(await catalog([], "init")).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await catalog([], "stats")).toMatchObject({ exitCode: 0, stderr: "" });
  });
});
