import { afterAll, describe, expect, it } from "vitest";
import { connectHasher, serveHasher } from "../../../src/adapters/remote/hasher.ts";
import { CatalogError } from "../../../src/errors.ts";
import { closeAll, connect } from "./_connect.ts";

afterAll(closeAll);

interface Failing {
  fail(values: readonly [kind: number]): Promise<never>;
}

const cause = Object.assign(new Error("no space"), { code: "ENOSPC" });
const ERRORS: readonly unknown[] = [
  new CatalogError("BUSY", "Cannot write", { details: { path: "/a", holder: "b", waitedMs: 1 }, hint: "Wait.", cause }),
  new CatalogError("NOT_FOUND", "Cannot find", { details: { what: "document" } }),
  new TypeError("Cannot do that"),
  new DOMException("gone", "NotFoundError"),
  cause,
  "a text",
];

const failing: Failing = { fail: ([kind]) => Promise.reject(ERRORS[kind]) };

describe("a call to another thread", () => {
  it("fails with what failed there", async () => {
    const remote = connect(failing).caller.object<Failing>();
    const seen = await Promise.all(ERRORS.map((_, kind) => remote.call("fail", [kind]).catch((error) => error)));
    expect(seen[0]).toBeInstanceOf(CatalogError);
    const details = { path: "/a", holder: "b", waitedMs: 1 };
    expect(seen[0]).toMatchObject({ code: "BUSY", details, hint: "Wait.", retryable: true, cause: { code: "ENOSPC" } });
    expect(seen[1]).toMatchObject({ code: "NOT_FOUND", hint: undefined });
    expect(seen[2]).toBeInstanceOf(TypeError);
    expect(seen.slice(3).map(({ name, message }) => `${name}: ${message}`)).toEqual([
      "NotFoundError: gone",
      "Error: no space",
      "Error: a text",
    ]);
  });

  it("knows nothing of what was forgotten, or never served", async () => {
    const { caller } = connect(failing);
    const remote = caller.object<Failing>();
    await expect(caller.object<Failing>(7).call("fail", [0])).rejects.toThrow(TypeError);
    remote.forget();
    await expect(remote.call("fail", [0])).rejects.toThrow("Cannot call fail");
  });

  it("ends with the caller's reason when it is aborted, before and on its way", async () => {
    const waiting = {
      wait: (_values: readonly [], { signal }: { readonly signal: AbortSignal }): Promise<never> =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    };
    const remote = connect(waiting).caller.object<typeof waiting>();
    const controller = new AbortController();
    const reason = new Error("enough");
    const pending = remote.call("wait", [], { signal: controller.signal });
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    await expect(remote.call("wait", [], { signal: controller.signal })).rejects.toBe(reason);
  });

  it("fails with the channel: what waits, and what comes later", async () => {
    const waiting = { wait: (_values: readonly []): Promise<never> => new Promise(() => undefined) };
    const { caller } = connect(waiting);
    const remote = caller.object<typeof waiting>();
    const pending = remote.call("wait", []);
    const gone = new Error("gone");
    caller.fail(gone);
    caller.fail(new Error("again"));
    await expect(pending).rejects.toBe(gone);
    await expect(remote.call("wait", [])).rejects.toBe(gone);
    remote.forget();
  });
});

describe("a hasher of another thread", () => {
  it("waits when much is on its way, and tells later what failed", async () => {
    const failure = new Error("out of memory");
    const broken = {
      name: "broken",
      create: () => ({ update: () => Promise.reject(failure), digest: () => Promise.reject(failure) }),
    };
    const { caller } = connect(serveHasher(broken));
    const stream = await connectHasher(caller, { target: 0, name: "broken" }).create();
    await stream.update(new Uint8Array(5 * 1024 * 1024));
    expect(() => stream.update(new Uint8Array(1))).toThrow("out of memory");
    await expect(stream.digest()).rejects.toThrow("out of memory");
  });
});
