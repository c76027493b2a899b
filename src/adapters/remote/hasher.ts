import type { Sha256 } from "../../core/sha256.ts";
import type { Hasher, HashStream } from "../../ports/hasher.ts";
import type { RemoteCaller, RemoteObject, ServedCall } from "./channel.ts";

/** The methods of a hasher, as they travel. */
export interface HasherService {
  /** Begins a hash; gives its number, for {@link RemoteCaller.object}. */
  create(values: readonly [], call: ServedCall): Promise<number>;
}

/** The methods of a digest in the making, as they travel. */
interface HashStreamService {
  update(values: readonly [bytes: Uint8Array]): void | Promise<void>;
  digest(): Sha256 | Promise<Sha256>;
}

/** So much may be on its way before a caller waits. */
const MAX_AHEAD_BYTES = 4 * 1024 * 1024;

/** A hasher for {@link connectHasher} on the other side. */
export function serveHasher(hasher: Hasher): HasherService {
  return {
    create: async (_values, call) => {
      const stream = await hasher.create();
      let previous: void | Promise<void>;
      const service: HashStreamService = {
        // The other side does not wait for each piece, so the order is kept here.
        update: ([bytes]) => {
          previous = previous === undefined ? stream.update(bytes) : previous.then(() => stream.update(bytes));
          return previous;
        },
        digest: async () => {
          await previous;
          return stream.digest();
        },
      };
      return call.expose(service);
    },
  };
}

/** The hasher that is served at the other end. */
export function connectHasher(caller: RemoteCaller, { target, name }: { target: number; name: string }): Hasher {
  const remote = caller.object<HasherService>(target);
  // A stream that is given up halfway says nothing.
  const abandoned = new FinalizationRegistry<RemoteObject<HashStreamService>>((stream) => stream.forget());
  return {
    name,
    create: async () => {
      const stream = caller.object<HashStreamService>(await remote.call("create", []));
      const local = new RemoteHashStream(stream);
      abandoned.register(local, stream);
      return local;
    },
  };
}

class RemoteHashStream implements HashStream {
  readonly #remote: RemoteObject<HashStreamService>;
  #spent = false;
  /** What was sent and is not hashed yet, in bytes. */
  #ahead = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(remote: RemoteObject<HashStreamService>) {
    this.#remote = remote;
  }

  update(bytes: Uint8Array): void | Promise<void> {
    this.#mustNotBeSpent("update");
    const copy = Uint8Array.from(bytes);
    const { byteLength } = copy;
    this.#ahead += byteLength;
    const hashed = this.#remote.call("update", [copy], { transfer: [copy.buffer] }).then(
      () => {
        this.#ahead -= byteLength;
      },
      (error: unknown) => {
        this.#failure ??= { error };
      },
    );
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#ahead > MAX_AHEAD_BYTES ? hashed : undefined;
  }

  async digest(): Promise<Sha256> {
    this.#mustNotBeSpent("digest");
    this.#spent = true;
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#remote.call("digest", []);
  }

  #mustNotBeSpent(verb: string): void {
    if (this.#spent) throw new TypeError(`Cannot ${verb} hash stream: it gave its digest already`);
  }
}
