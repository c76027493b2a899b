import { describe, expect, it } from "vitest";
import type { CliStream } from "../../../src/cli/host.ts";
import { BrokenPipe, Channel } from "../../../src/cli/output/channel.ts";

function failing(code: string, after: number): { stream: CliStream; written: string[] } {
  const written: string[] = [];
  const write = async (text: string): Promise<void> => {
    if (written.length >= after) throw Object.assign(new Error(`write ${code}`), { code });
    written.push(text);
  };
  return { stream: { write, isTerminal: false, columns: undefined }, written };
}

describe("Channel", () => {
  it("writes in order, one at a time, and joins what waits", async () => {
    const written: string[] = [];
    const release: (() => void)[] = [];
    const write = (text: string): Promise<void> => {
      written.push(text);
      return new Promise((resolve) => release.push(resolve));
    };
    const channel = new Channel({ write, isTerminal: true, columns: 80 });
    channel.write("a");
    channel.write("b");
    channel.write("c");
    expect(written).toEqual(["a"]);
    release.shift()?.();
    await Promise.resolve();
    await Promise.resolve();
    expect(written).toEqual(["a", "bc"]);
    release.shift()?.();
    await channel.flush();
    expect([channel.isTerminal, channel.columns]).toEqual([true, 80]);
  });

  it("goes on after a text with nothing in it", async () => {
    const { stream, written } = failing("EPIPE", 2);
    const channel = new Channel(stream);
    channel.write("");
    channel.write("a");
    await channel.flush();
    expect(written).toEqual(["a"]);
  });

  it("takes a width of 0 for none", () => {
    expect(new Channel({ write: async () => {}, isTerminal: true, columns: 0 }).columns).toBeUndefined();
  });

  it("tells that nobody reads any more, and drops the rest", async () => {
    const { stream, written } = failing("EPIPE", 1);
    const channel = new Channel(stream);
    channel.write("a");
    await channel.flush();
    channel.write("b");
    await expect(channel.flush()).rejects.toBeInstanceOf(BrokenPipe);
    channel.write("c");
    await expect(channel.flush()).rejects.toBeInstanceOf(BrokenPipe);
    expect(written).toEqual(["a"]);
  });

  it("says what else went wrong", async () => {
    const channel = new Channel(failing("ENOSPC", 0).stream);
    channel.write("a");
    await expect(channel.flush()).rejects.toMatchObject({ code: "NO_SPACE" });
  });
});
