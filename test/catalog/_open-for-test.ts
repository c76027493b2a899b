import type { Catalog } from "../../src/catalog/catalog.ts";
import type { Registration } from "../../src/core/document.ts";
import { type MemoryOpenOptions, openCatalog } from "../../src/hosts/memory.ts";

/** A new catalog in memory. */
export function openForTest(options: MemoryOpenOptions = {}): Promise<Catalog> {
  return openCatalog(options);
}

/** A SHA-256 made of one character. */
export function digestOf(character: string): string {
  return character.repeat(64);
}

/** A registration that differs from others by `n`, with what `change` says. */
export function registrationOf(n: number, change: Partial<Registration> = {}): Registration {
  return {
    artifactId: `doi:10.1/${n}`,
    sourceUrl: `https://example.org/${n}`,
    resolver: "unpaywall",
    contentType: "application/pdf",
    bytes: 100 + n,
    sha256: digestOf((n % 16).toString(16)),
    storageUri: `file:///data/${n}.pdf`,
    runId: "run-1",
    ...change,
  };
}

/** Everything an async iterable gives. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
