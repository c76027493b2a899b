import { MAX_MARKER_BYTES, OWN_FOLDERS } from "../../../core/naming/blob-key.ts";
import { s3UriFromPlace } from "../../../core/storage-uri.ts";
import type { FoundMarker, RootMarkers } from "../../../ports/root-markers.ts";
import type { R2Body, R2BucketBinding } from "./binding.ts";
import { withR2 } from "./failure.ts";

/** Where markers are. */
export interface R2MarkersOptions {
  /** The bucket. */
  readonly bucket: R2BucketBinding;
  /** In front of all keys. */
  readonly prefix: string;
  /** For messages. */
  readonly bucketName: string;
}

/** Markers as objects of an R2 bucket, where a put replaces in one step and is durable. */
export function createR2Markers({ bucket, prefix, bucketName }: R2MarkersOptions): RootMarkers {
  const start = `${prefix}${OWN_FOLDERS.marker}/`;
  const attempt = <Result>(verb: string, name: string, work: (key: string) => Promise<Result>): Promise<Result> =>
    withR2({ verb, uri: s3UriFromPlace({ bucket: bucketName, key: start + name }) }, () => work(start + name));
  const read = (name: string): Promise<FoundMarker | undefined> =>
    attempt("read", name, async (key) => {
      const object = await bucket.get(key);
      return object === null ? undefined : { name, bytes: await bytesOf(object) };
    });
  return {
    read,
    list: async () => {
      const found: FoundMarker[] = [];
      for (let cursor: string | undefined, more = true; more; ) {
        const from = cursor;
        const page = await attempt("list", "", (key) =>
          bucket.list({ prefix: key, ...(from !== undefined && { cursor: from }) }),
        );
        for (const object of page.objects) {
          const marker = await read(object.key.slice(start.length));
          if (marker !== undefined) found.push(marker);
        }
        cursor = page.cursor;
        more = page.truncated;
      }
      return found;
    },
    write: (name, bytes) => attempt("write", name, async (key) => void (await bucket.put(key, new Uint8Array(bytes)))),
    drop: (name) => attempt("remove", name, (key) => bucket.delete(key)),
  };
}

async function bytesOf({ size, body }: R2Body): Promise<Uint8Array | undefined> {
  if (size <= MAX_MARKER_BYTES) return new Uint8Array(await new Response(body).arrayBuffer());
  await body.cancel();
  return undefined;
}
