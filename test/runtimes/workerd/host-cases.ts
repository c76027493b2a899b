import type { R2BucketBinding } from "../../../src/adapters/blob/r2/binding.ts";
import type { VerifyOptions } from "../../../src/catalog/verify/verify-options.ts";
import { openCatalog, type WorkerdCatalog, type WorkerdOpenOptions } from "../../../src/hosts/workerd.ts";
import { assert, assertEquals, assertFails, assertThrows } from "../../../src/testing/assert.ts";
import type { SuiteRunner } from "../../../src/testing/suite-runner.ts";

/** What the cases work with. */
export interface WorkerUnderTest {
  readonly sqlWasm: WebAssembly.Module;
  papers(): R2BucketBinding;
}

type HostCase = (worker: WorkerUnderTest) => Promise<void>;

/** Checks the host for workerd inside of it. */
export function testWorkerdHost(runner: SuiteRunner, worker: WorkerUnderTest): void {
  runner.describe("Host workerd", () => {
    for (const [title, check] of Object.entries(cases)) runner.it(title, () => check(worker));
  });
}

const META = { artifactId: "doi:10.1/x", sourceUrl: "https://example.org/x.txt", resolver: "unpaywall" };
const HELLO_SHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/** More than goes through memory at once. */
const LARGE_BYTES = 11_000_000;

const cases: Readonly<Record<string, HostCase>> = {
  "stores a Response in memory once, and is exported with its rows": async ({ sqlWasm }) => {
    const file = await using({ sqlWasm, storage: { layout: "cas" } }, async (catalog) => {
      const first = await catalog.ingest(new Response("hello", { headers: { "content-type": "text/plain" } }), META);
      assertEquals([first.outcome, first.record.sha256, first.deduplicated], ["created", HELLO_SHA256, false]);
      const second = await catalog.ingest(new Response("hello"), { ...META, artifactId: "doi:10.1/y" });
      assertEquals(second.deduplicated, true);
      const early = await catalog.exportFile();
      await catalog.ingest(new Response("later"), { ...META, artifactId: "doi:10.1/z" });
      assertEquals((await using({ sqlWasm, file: early }, (given) => given.stats())).documents, 2);
      const late = await catalog.exportFile();
      assertEquals((await using({ sqlWasm, file: late }, (given) => given.stats())).documents, 3);
      return early;
    });
    const found = await using({ sqlWasm, file }, (catalog) => catalog.findByHashPrefix(HELLO_SHA256.slice(0, 8)));
    assertEquals(found.map(({ artifactId }) => artifactId).sort(), ["doi:10.1/x", "doi:10.1/y"]);
  },

  "refuses to collect where nothing can be renamed, and brings rows back": async ({ sqlWasm, papers }) => {
    const storage = { backend: "s3", s3Bucket: "papers", s3Prefix: `${crypto.randomUUID()}/` } as const;
    await using({ sqlWasm, storage, r2: papers() }, async (catalog) => {
      const { record } = await catalog.ingest(encode("hello"), META);
      const { operationId } = (await catalog.remove([record.id]))[0] ?? {};
      await assertFails(() => catalog.planCollect(), "UNSUPPORTED");
      assertEquals((await catalog.why(String(record.id))).isKnown, true);
      assertEquals((await catalog.restore({ plan: operationId ?? "" }, { apply: true })).documents, 1);
      assertEquals((await catalog.findById(record.id))?.storageUri, record.storageUri);
    });
  },

  "verifies what is in memory, and what is in R2": async ({ sqlWasm, papers }) => {
    const storage = { backend: "s3", s3Bucket: "papers", s3Prefix: `${crypto.randomUUID()}/` } as const;
    for (const options of [{ sqlWasm }, { sqlWasm, storage, r2: papers() }]) {
      await using(options, async (catalog) => {
        await catalog.ingest(new Response("hello"), META);
        await catalog.ingest(new Uint8Array(LARGE_BYTES), { ...META, artifactId: "doi:10.1/large" });
        const results: unknown[] = [];
        for await (const { result, strength, actual } of catalog.verify())
          results.push([result, strength, actual.bytes]);
        const well = [5, LARGE_BYTES].map((bytes) => ["ok", "full", bytes]);
        assertEquals(results.map(String).sort(), well.map(String).sort());
      });
    }
  },

  "tells a content type from the bytes": async ({ sqlWasm }) => {
    const { record } = await using({ sqlWasm }, (catalog) => catalog.ingest(encode("%PDF-1.7 paper"), META));
    assertEquals(record.contentType, "application/pdf");
  },

  "opens bytes, a buffer, a file and a Response, and changes none of them": async ({ sqlWasm }) => {
    const bytes = await using({ sqlWasm }, async (catalog) => {
      await catalog.ingest(encode("hello"), META);
      return catalog.exportFile();
    });
    const copy = bytes.slice();
    for (const file of [bytes, copy.buffer, new Blob([copy]), new Response(copy)]) {
      assertEquals((await using({ sqlWasm, file }, (catalog) => catalog.stats())).documents, 1);
    }
    const later = await using({ sqlWasm, file: bytes, mode: "write" }, async (catalog) => {
      await catalog.remove([1]);
      return catalog.exportFile();
    });
    assertEquals(bytes, copy);
    assertEquals((await using({ sqlWasm, file: later }, (catalog) => catalog.stats())).documents, 0);
  },

  "refuses to write into a file that was given to be read": async ({ sqlWasm }) => {
    const file = await using({ sqlWasm }, (catalog) => catalog.exportFile());
    await using({ sqlWasm, file }, async (catalog) => {
      await assertFails(() => catalog.ingest(encode("hello"), META), "READ_ONLY");
      const elsewhere = { ...META, bytes: 5, storageUri: "s3://elsewhere/x.txt" };
      await assertFails(() => catalog.registerOrGet(elsewhere), "READ_ONLY");
      assertEquals(await catalog.exportFile(), file);
    });
  },

  "refuses a Response without success, half a one, and what is no catalog": async ({ sqlWasm }) => {
    await assertFails(() => openCatalog({ sqlWasm, file: new Response("gone", { status: 404 }) }), "REFUSED");
    await assertFails(() => openCatalog({ sqlWasm, file: new Response("half", { status: 206 }) }), "REFUSED");
    await assertFails(() => openCatalog({ sqlWasm, file: encode("no database") }), "CORRUPT");
    await assertThrows(() => openCatalog({ sqlWasm, file: JSON.parse('"text"') }), "file as a text");
    await assertThrows(() => openCatalog({ sqlWasm: JSON.parse("{}") }), "no module");
  },

  "refuses settings that it cannot fulfil": async ({ sqlWasm, papers }) => {
    await assertFails(() => openCatalog({ sqlWasm, catalog: { hasher: "wasm" } }), "UNSUPPORTED");
    await assertFails(() => openCatalog({ sqlWasm, r2: papers() }), "CONFIGURATION");
    const storage = { backend: "s3", s3Bucket: "papers" } as const;
    await assertFails(() => openCatalog({ sqlWasm, storage }), "CONFIGURATION");
    await assertFails(() => openCatalog({ sqlWasm, catalog: false, file: encode("") }), "CONFIGURATION");
    const error = await openCatalog({ sqlWasm, mode: "write" }).catch((reason: unknown) => reason);
    assert(error instanceof Error && "code" in error && error.code === "NOT_FOUND", "expected NOT_FOUND");
  },

  "leaves no global behind": async ({ sqlWasm }) => {
    await using({ sqlWasm }, async () => assertEquals("location" in globalThis, false));
  },

  "stores small and large streams in R2, each once": async ({ sqlWasm, papers }) => {
    const storage = { backend: "s3", s3Bucket: "papers", s3Prefix: `${crypto.randomUUID()}/`, layout: "cas" } as const;
    await using({ sqlWasm, storage, r2: papers() }, async (catalog) => {
      const small = await catalog.ingest(new Response("hello"), META);
      assertEquals(small.record.storageUri, uriOf(storage.s3Prefix, HELLO_SHA256));
      const large = await catalog.ingest(largeResponse(), { ...META, artifactId: "doi:10.1/large" });
      assertEquals([large.record.bytes, large.placement], [LARGE_BYTES, "stored"]);
      const again = await catalog.ingest(largeResponse(), { ...META, artifactId: "doi:10.1/again" });
      assertEquals([again.deduplicated, again.record.storageUri], [true, large.record.storageUri]);
      const { objects } = await papers().list({ prefix: storage.s3Prefix });
      assertEquals(
        objects
          .map(({ size }) => size)
          .sort((one, other) => one - other)
          .slice(0, 1),
        [5],
      );
      // Both blobs and the marker of the catalog; nothing is staged any more.
      assertEquals(objects.length, 3);
    });
  },

  "verifies blobs in R2 by their bytes, or quickly by its checksum": async ({ sqlWasm, papers }) => {
    const storage = { backend: "s3", s3Bucket: "papers", s3Prefix: `${crypto.randomUUID()}/`, layout: "cas" } as const;
    await using({ sqlWasm, storage, r2: papers() }, async (catalog) => {
      const { record } = await catalog.ingest(new Response("hello"), META);
      const verdict = async (options: VerifyOptions = {}): Promise<string> => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        const all: string[] = [];
        for await (const { result, reason, strength } of catalog.verify(options))
          all.push(`${result} ${reason} ${strength}`);
        return all.join();
      };
      assertEquals(await verdict(), "ok null full");
      assertEquals(await verdict({ quick: true }), "ok null provider");
      const key = record.storageUri.slice("s3://papers/".length);
      await papers().put(key, new Uint8Array(encode("hullo")));
      assertEquals(await verdict(), "mismatch hash full");
      assertEquals(await verdict({ quarantine: true }), "mismatch hash full");
      assertEquals(await verdict(), "missing quarantined none");
      await papers().put(key, new Uint8Array(encode("hello")));
      assertEquals(await verdict(), "ok null full");
    });
  },

  "names blobs in R2 for people, and verifies them": async ({ sqlWasm, papers }) => {
    const storage = { backend: "s3", s3Bucket: "papers", s3Prefix: `${crypto.randomUUID()}/` } as const;
    const options = { sqlWasm, storage, r2: papers(), catalog: { verifyOnRegister: true } };
    await using(options, async (catalog) => {
      const { record } = await catalog.ingest(new Response("hello"), META);
      assertEquals(record.storageUri.startsWith(`s3://papers/${storage.s3Prefix}unpaywall/`), true);
      const other = await catalog.ingest(new Response("other"), { ...META, artifactId: "doi:10.1_x" });
      assert(other.record.storageUri !== record.storageUri, "expected a name of its own");
    });
  },
};

async function using<Result>(
  options: WorkerdOpenOptions,
  work: (catalog: WorkerdCatalog) => Promise<Result>,
): Promise<Result> {
  const catalog = await openCatalog(options);
  try {
    return await work(catalog);
  } finally {
    await catalog.close();
  }
}

function uriOf(prefix: string, sha256: string): string {
  return `s3://papers/${prefix}cas/sha256/${sha256.slice(0, 2)}/${sha256.slice(2)}`;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A stream of unknown length. */
function largeResponse(): Response {
  const chunk = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
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
