import type { Catalog } from "../../src/catalog/catalog.ts";
import type { VerifyOptions } from "../../src/catalog/verify/verify-options.ts";
import { findPathOfUri } from "../../src/core/storage-uri.ts";
import type { FileSystem } from "../../src/ports/file-system.ts";
import { assert, assertEquals, assertFails } from "../../src/testing/assert.ts";
import type { SuiteRunner } from "../../src/testing/suite-runner.ts";
import { createTextDocument } from "./office-file.ts";

/** `openCatalog` of a host of files. */
export type OpenHost = (options: {
  readonly catalog?: { readonly path?: string; readonly hasher?: "wasm" | "native" | "auto" } | false;
  readonly storage?: { readonly rootDir?: string; readonly layout?: "cas" | "policy_path" };
  readonly mode?: "create" | "write" | "read";
}) => Promise<Catalog>;

/** A host, and where its cases work. */
export interface HostUnderTest {
  readonly fs: FileSystem;
  readonly openCatalog: OpenHost;
  /** @default all of them */
  readonly hashers?: readonly ("wasm" | "native" | "auto")[] | undefined;
  makePlace(): Promise<{ readonly directory: string; dispose(): Promise<void> }>;
}

interface HostPlace extends Omit<HostUnderTest, "makePlace"> {
  readonly directory: string;
}

type HostCase = (place: HostPlace) => Promise<void>;

/** Checks a whole host of files: what users do, from an empty folder on. */
export function testHost(runner: SuiteRunner, name: string, host: HostUnderTest): void {
  runner.describe(`Host ${name}`, () => {
    for (const [title, check] of Object.entries(cases)) {
      runner.it(title, async () => {
        const { directory, dispose } = await host.makePlace();
        try {
          await check({ ...host, directory });
        } finally {
          await dispose();
        }
      });
    }
  });
}

const META = { artifactId: "doi:10.1/x", sourceUrl: "https://example.org/x.txt", resolver: "unpaywall", runId: "run" };
const HELLO_SHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const JELLO_SHA256 = "187c9bceeb919e1b3e6d20fa50ecabf7d9d50b5343e8f9a3d912abb13929102e";

/** More than a hasher takes at once, so that the native one has its turn. */
const LARGE_BYTES = 3_000_000;

const cases: Readonly<Record<string, HostCase>> = {
  "registers a document and finds it again after reopening": async (place) => {
    const registration = { ...META, bytes: 5, sha256: HELLO_SHA256, storageUri: "s3://papers/x.txt" };
    const first = await using(place, {}, (catalog) => catalog.registerOrGet(registration));
    assertEquals(first.outcome, "created");
    const again = await using(place, {}, (catalog) => catalog.registerOrGet(registration));
    assertEquals([again.outcome, again.record.id], ["found", first.record.id]);
    assertEquals(
      (await using(place, { mode: "read" }, (catalog) => catalog.findByHashPrefix("2cf24dba"))).map(({ id }) => id),
      [first.record.id],
    );
  },

  "stores a Response once, and searches": async (place) => {
    await using(place, {}, async (catalog) => {
      const response = new Response("hello", { headers: { "content-type": "text/plain" } });
      const first = await catalog.ingest(response, META);
      assertEquals([first.outcome, first.deduplicated, first.record.sha256], ["created", false, HELLO_SHA256]);
      assertEquals(first.record.contentType, "text/plain");
      const second = await catalog.ingest(new Response("hello"), { ...META, artifactId: "doi:10.1/y" });
      assertEquals([second.deduplicated, second.record.storageUri], [true, first.record.storageUri]);
      const found: string[] = [];
      for await (const record of catalog.search({ resolver: "unpaywall" })) found.push(record.artifactId);
      assertEquals(found.sort(), ["doi:10.1/x", "doi:10.1/y"]);
      assertEquals(await textAt(place.fs, first.record.storageUri), "hello");
    });
  },

  "finds text as people read it, in any case and normal form, encoded or not": async (place) => {
    await using(place, {}, async (catalog) => {
      const texts = ["Übersicht", "Москва", "e\u0301tude", "Gr%C3%BC%C3%9Fe%20an%20alle", "ＡＢＣ"];
      await catalog.registerMany(
        texts.map((text, index) => ({
          artifactId: `doi:10.1/${index}`,
          sourceUrl: `https://example.org/${text}`,
          resolver: "unpaywall",
          bytes: 1,
          storageUri: `s3://papers/${index}`,
        })),
      );
      for (const [index, text] of ["u\u0308BERSICHT", "МОСК", "Étude", "GRÜSSE AN", "abc"].entries()) {
        const found: string[] = [];
        for await (const { artifactId } of catalog.search({ text })) found.push(artifactId);
        assertEquals(found, [`doi:10.1/${index}`]);
      }
    });
  },

  "tells the content type from the bytes where nothing else does": async (place) => {
    const samples = [
      await createTextDocument(),
      new TextEncoder().encode("%PDF-1.5\n"),
      new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]),
      new TextEncoder().encode("hello"),
    ];
    const told = await using(place, {}, (catalog) =>
      Promise.all(
        samples.map(async (sample, index) => {
          const { record } = await catalog.ingest(sample, { ...META, artifactId: `doi:10.1/${index}` });
          return record.contentType;
        }),
      ),
    );
    const document = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    assertEquals(told, [document, "application/pdf", "application/gzip", null]);
  },

  "hashes a large stream the same with every hasher": async (place) => {
    const digests: unknown[] = [];
    for (const hasher of place.hashers ?? (["wasm", "native", "auto"] as const)) {
      const open = { catalog: { path: `${place.directory}/${hasher}.sqlite`, hasher } };
      const { record } = await using(place, open, (catalog) => catalog.ingest(largeResponse(), META));
      assertEquals(record.bytes, LARGE_BYTES);
      digests.push(record.sha256);
    }
    assertEquals(new Set(digests).size, 1, "digests");
  },

  "verifies what is stored, and tells what is not as it was": async (place) => {
    await using(place, {}, async (catalog) => {
      const { record: small } = await catalog.ingest(new Response("hello"), META);
      const { record: large } = await catalog.ingest(largeResponse(), { ...META, artifactId: "doi:10.1/large" });
      const verify = async (): Promise<unknown> => {
        const results = new Map<number | undefined, unknown>();
        for await (const { documents, result, strength, actual } of catalog.verify()) {
          results.set(documents[0], [result, strength, actual.sha256]);
        }
        return [results.get(small.id), results.get(large.id)];
      };
      const well = [small, large].map(({ sha256 }) => ["ok", "full", sha256]);
      assertEquals(await verify(), well);
      const path = findPathOfUri(small.storageUri) ?? "";
      await place.fs.unlink(path);
      await writeText(place.fs, path, "jello");
      assertEquals(await verify(), [["mismatch", "full", JELLO_SHA256], well[1]]);
      await place.fs.unlink(path);
      assertEquals(await verify(), [["missing", "none", null], well[1]]);
    });
  },

  "takes in a file that was downloaded already": async (place) => {
    const path = `${place.directory}/download.part`;
    const file = await place.fs.open(path, "create");
    await file.write(new TextEncoder().encode("hello"));
    await file.close();
    const { record, outcome } = await using(place, {}, (catalog) => catalog.finalize(path, META));
    assertEquals([outcome, record.sha256], ["created", HELLO_SHA256]);
    assertEquals(await place.fs.stat(path), undefined);
  },

  "collects what nothing refers to, says why, and brings it back out of the trash": async (place) => {
    for (const layout of ["cas", "policy_path"] as const) {
      const root = { rootDir: `${place.directory}/${layout}`, layout };
      const options = { catalog: { path: `${place.directory}/${layout}.sqlite` }, storage: root };
      await using(place, options, (catalog) => collectAndRestore(place, catalog));
    }
  },

  "verifies what it stored, and puts damaged bytes aside": async (place) => {
    await using(place, {}, (catalog) => verifyAndPutAside(place, catalog));
  },

  "refuses to write when it was opened to read, and to create when it may not": async (place) => {
    await assertFails(() => using(place, { mode: "write" }, async () => {}), "NOT_FOUND");
    await using(place, {}, async () => {});
    await using(place, { mode: "read" }, (catalog) =>
      assertFails(() => catalog.ingest(new Uint8Array(1), META), "READ_ONLY"),
    );
  },

  "only stores where the catalog is disabled": async (place) => {
    const { record, outcome } = await using(place, { catalog: false }, (catalog) =>
      catalog.ingest(new Response("hello"), META),
    );
    assertEquals([outcome, await textAt(place.fs, record.storageUri)], ["placed", "hello"]);
    assertEquals(await place.fs.stat(`${place.directory}/state`), undefined);
  },

  "loses no row of many workers, and leaves one file": async (place) => {
    await using(place, {}, (catalog) =>
      Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          catalog.ingest(new Response(`bytes ${index % 7}`), { ...META, artifactId: `doi:10.1/${index}` }),
        ),
      ),
    );
    const stats = await using(place, { mode: "read" }, (catalog) => catalog.stats());
    assertEquals(stats.documents, 30);
    const left: string[] = [];
    for await (const page of place.fs.list(`${place.directory}/state`)) left.push(...page.map(({ name }) => name));
    assertEquals(left, ["catalog.sqlite"]);
  },
};

/** Two documents, of which one goes, into the trash, and comes back. */
async function collectAndRestore({ fs }: HostPlace, catalog: Catalog): Promise<void> {
  const { record } = await catalog.ingest(new Response("hello"), META);
  const other = await catalog.ingest(new Response("other bytes"), { ...META, artifactId: "doi:10.1/y" });
  await catalog.remove([record.id]);
  assertEquals((await catalog.planCollect()).size, 0, "what may go before its time");
  const plan = await catalog.planCollect({ orphanTtlDays: 0, trash: true });
  assertEquals([plan.size, plan.bytes, plan.report.live.files], [1, 5, 1]);
  let text = "";
  for await (const line of catalog.formatPlan(plan)) text += line;
  const read = await catalog.readPlan(async function* open() {
    yield text;
  });
  const done = await catalog.apply(read);
  assertEquals([done.complete, done.removed, done.findings], [true, { files: 1, bytes: 5 }, 0]);
  const [place] = (await catalog.why("doi:10.1/x")).places;
  assertEquals([place?.bytesAt, place?.trash.length], ["missing", 1]);
  const trashed: string[] = [];
  for await (const { uri } of catalog.listTrash()) trashed.push(uri);
  assertEquals(trashed, [record.storageUri]);
  assertEquals((await catalog.restore([String(record.id)], { apply: true })).documents, 1);
  assertEquals((await catalog.findById(record.id))?.sha256, HELLO_SHA256);
  assertEquals(await textAt(fs, record.storageUri), "hello");
  // For good, this time.
  await catalog.remove([record.id]);
  await catalog.apply(await catalog.planCollect({ orphanTtlDays: 0 }));
  assertEquals(await fs.stat(findPathOfUri(record.storageUri) ?? ""), undefined);
  assertEquals(await textAt(fs, other.record.storageUri), "other bytes");
}

/** Three documents, of which one is damaged and one goes. */
async function verifyAndPutAside({ fs }: HostPlace, catalog: Catalog): Promise<void> {
  const texts = ["hello", "other bytes", "gone"];
  const stored: string[] = [];
  for (const [n, text] of texts.entries()) {
    const { record } = await catalog.ingest(new Response(text), { ...META, artifactId: `doi:10.1/${n}` });
    stored.push(record.storageUri);
  }
  assertEquals(await verdicts(catalog), ["ok null full", "ok null full", "ok null full"]);
  const [damaged = "", gone = ""] = [stored[0], stored[2]].map((uri) => findPathOfUri(uri ?? ""));
  await fs.unlink(gone);
  await fs.unlink(damaged);
  const handle = await fs.open(damaged, "create");
  await handle.write(new TextEncoder().encode("hullo"));
  await handle.close();
  const expected = ["mismatch hash full", "missing gone none", "ok null full"];
  assertEquals(await verdicts(catalog), expected);
  assertEquals(await verdicts(catalog, { quarantine: true }), expected);
  assertEquals(await fs.stat(damaged), undefined);
  assertEquals(await verdicts(catalog), ["missing gone none", "missing quarantined none", "ok null full"]);
}

async function verdicts(catalog: Catalog, options: VerifyOptions = {}): Promise<readonly string[]> {
  // No two runs begin in one millisecond.
  await new Promise((resolve) => setTimeout(resolve, 5));
  const all: string[] = [];
  for await (const { result, reason, strength } of catalog.verify(options)) all.push(`${result} ${reason} ${strength}`);
  return all.sort();
}

async function using<Result>(
  place: HostPlace,
  options: Parameters<OpenHost>[0],
  work: (catalog: Catalog) => Promise<Result>,
): Promise<Result> {
  const catalog = await place.openCatalog({
    catalog: { path: `${place.directory}/state/catalog.sqlite` },
    storage: { rootDir: `${place.directory}/data`, layout: "cas" },
    ...options,
  });
  try {
    return await work(catalog);
  } finally {
    await catalog.close();
  }
}

function largeResponse(): Response {
  const chunk = new Uint8Array(100_000).map((_, index) => index % 251);
  let left = LARGE_BYTES;
  return new Response(
    new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(chunk.slice());
        left -= chunk.byteLength;
        if (left === 0) controller.close();
      },
    }),
  );
}

async function textAt(fs: FileSystem, uri: string): Promise<string> {
  const path = findPathOfUri(uri);
  assert(path !== undefined, `${uri} is no file`);
  return new TextDecoder().decode(await fs.readFile(path));
}

async function writeText(fs: FileSystem, path: string, text: string): Promise<void> {
  const file = await fs.open(path, "create");
  await file.write(new TextEncoder().encode(text));
  await file.close();
}
