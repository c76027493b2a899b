import { describe, expect, it } from "vitest";
import type { AddFinding, OpenableSource } from "../../../src/catalog/add/add-options.ts";
import { addSources } from "../../../src/catalog/add/add-sources.ts";
import type { IngestSource } from "../../../src/catalog/ingest/source-bytes.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import { openWorld } from "../ingest/_ingest-world.ts";

/** All waiting is over at once. */
const hasty: Clock = { now: () => 0, monotonicMs: () => 0, sleep: async () => {} };

const META = { artifactId: "url:https://e.org/x?token=hunter2", sourceUrl: "https://e.org/x", resolver: "http" };

async function add(open: OpenableSource["open"], options: { clock?: Clock; signal?: AbortSignal } = {}) {
  const world = await openWorld(options.clock && { clock: options.clock });
  const findings: AddFinding[] = [];
  const adding = addSources(world.context, [{ name: "e.org", meta: META, open }], {
    onFinding: (finding) => findings.push(finding),
    signal: options.signal,
  });
  return { world, findings, adding };
}

describe("a source from elsewhere that does not open", () => {
  it("is given up after as long as one that gives no more bytes, and told so", async () => {
    let told: unknown;
    const open = ({ signal }: { signal: AbortSignal }): Promise<never> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          told = signal.reason;
          reject(signal.reason);
        });
      });
    const { world, findings, adding } = await add(open, { clock: hasty });
    expect(await adding).toMatchObject({ failed: 1, stored: 0 });
    expect(findings).toEqual([
      {
        kind: "unavailable",
        path: "e.org",
        message: 'Cannot add "e.org": the source gave nothing for 120000 ms. Nothing was stored; ask the source again.',
      },
    ]);
    expect(told).toMatchObject({ code: "UNAVAILABLE", retryable: true });
    expect([await world.rows(), await world.files()]).toEqual([[], {}]);
  });

  it("is left when it opens later", async () => {
    const cancelled: string[] = [];
    const streamThatTells = (name: string): ReadableStream<Uint8Array> =>
      new ReadableStream({ cancel: () => void cancelled.push(name) });
    const late: readonly IngestSource[] = [
      new Response(streamThatTells("response")),
      streamThatTells("stream"),
      new Response(null),
      new Uint8Array(1),
    ];
    for (const source of late) {
      let resolve = (_: IngestSource): void => {};
      const opened = new Promise<IngestSource>((fulfil) => {
        resolve = fulfil;
      });
      const { adding } = await add(() => opened, { clock: hasty });
      expect(await adding).toMatchObject({ failed: 1 });
      resolve(source);
      await opened;
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(cancelled).toEqual(["response", "stream"]);
  });

  it("ends at once when the call is aborted", async () => {
    const controller = new AbortController();
    const signals: AbortSignal[] = [];
    const open = ({ signal }: { signal: AbortSignal }): Promise<never> => {
      signals.push(signal);
      setTimeout(() => controller.abort("enough"), 5);
      return new Promise(() => {});
    };
    const { adding } = await add(open, { signal: controller.signal });
    await expect(adding).rejects.toBe("enough");
    expect(signals[0]?.aborted).toBe(true);
  });
});
