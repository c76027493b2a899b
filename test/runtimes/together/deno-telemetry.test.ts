import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ROOT } from "../../package/built-package.ts";
import { installed, runProgram } from "./installed-project.ts";

let folder = "";
const told = new Set<string>();
const waiting: (() => void)[] = [];

/** Takes metrics as OTLP in JSON; what asks for anything else waits until a gauge was told. */
const collector = createServer(async (request, response) => {
  if (request.method === "GET") await new Promise<void>((resolve) => waiting.push(resolve));
  else for (const [, name = ""] of (await textOf(request)).matchAll(/"name": ?"(content[a-z_.]+)"/g)) told.add(name);
  if (told.has("content_catalog.documents")) for (const resolve of waiting.splice(0)) resolve();
  response.end("{}");
});

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "content-catalog-deno-telemetry-"));
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
});

afterAll(() => {
  collector.close();
  rmSync(folder, { recursive: true, force: true });
});

it("goes to the OpenTelemetry that Deno has built in", async () => {
  const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  writeFileSync(
    join(folder, "program.ts"),
    `import { openCatalog } from ${JSON.stringify(join(ROOT, "src/hosts/deno.ts"))};
    const catalog = await openCatalog({ catalog: { path: "catalog.sqlite" }, storage: { rootDir: "root" } });
    const meta = { artifactId: "a", sourceUrl: "https://example.org/a.txt", resolver: "unpaywall" };
    await catalog.ingest(new TextEncoder().encode("hello"), meta);
    await catalog.ingest(new TextEncoder().encode("hello"), { ...meta, artifactId: "b" });
    await catalog.stats();
    await (await fetch(${JSON.stringify(url)})).text();
    await catalog.close();`,
  );
  const environment = [
    ...["OTEL_DENO=true", "OTEL_EXPORTER_OTLP_PROTOCOL=http/json", `OTEL_EXPORTER_OTLP_ENDPOINT=${url}`],
    ...["OTEL_METRIC_EXPORT_INTERVAL=200", "NO_COLOR=1"],
  ];
  const flags = ["--quiet", "--no-check", "--allow-all", "--config", join(ROOT, "deno.json")];
  const words = ["env", ...environment, installed("deno/deno"), "run", ...flags, "program.ts"];
  expect(await runProgram(words, folder)).toEqual({ stdout: "", stderr: "", exitCode: 0 });
  expect([...told]).toEqual(
    expect.arrayContaining([
      "contentdownload_dedup_hits_total",
      "content_catalog.ingested.size",
      "content_catalog.commit.duration",
      "content_catalog.documents",
      "content_catalog.database.size",
    ]),
  );
});
