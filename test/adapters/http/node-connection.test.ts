import { once } from "node:events";
import * as net from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createNodeHttp } from "../../../src/adapters/http/node.ts";
import { CheckedConnection } from "../../../src/adapters/http/node-connection.ts";
import { type RawServer, startRawServer, whole } from "../../runtimes/http/raw-server.ts";

let server: RawServer;

beforeEach(async () => {
  server = await startRawServer(() => whole(new TextEncoder().encode("hello")));
});

afterEach(async () => {
  await server.close();
});

function get(url: string, allowsAddress: (address: string) => boolean = () => true) {
  return createNodeHttp().get(new URL(url), { headers: {}, allowsAddress });
}

describe("a connection that is checked", () => {
  it("takes one address where the runtime wants only one", async () => {
    const before = net.getDefaultAutoSelectFamily();
    net.setDefaultAutoSelectFamily(false);
    try {
      const { port } = new URL(server.base);
      const { body } = await get(`http://localhost:${port}/`, (address) => address === "127.0.0.1");
      expect(await new Response(body).text()).toBe("hello");
    } finally {
      net.setDefaultAutoSelectFamily(before);
    }
  });

  it("tells which addresses a name has that are not allowed", async () => {
    await expect(get("http://localhost:9/", () => false)).rejects.toMatchObject({
      code: "REFUSED",
      details: { guard: "address" },
      message: expect.stringMatching(/^Cannot connect to "localhost": its address, .*127\.0\.0\.1.*, is not allowed$/),
    });
    await expect(get("http://[::1]:9/", () => false)).rejects.toThrow(
      'Cannot connect to "[::1]": its address is not allowed',
    );
  });

  it("goes to the ports that the schemes have", async () => {
    const asked: string[] = [];
    for (const url of ["http://127.0.0.9/", "https://127.0.0.9/", "https://localhost/"]) {
      await expect(get(url, (address) => asked.push(address) > 0 && address !== "::1")).rejects.toThrow();
    }
    expect(asked).toContain("127.0.0.9");
  });

  it("names the host of https to the server, but no address", async () => {
    const hellos: string[] = [];
    const secure = net.createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (data) => {
        hellos.push(data.toString("latin1"));
        socket.destroy();
      });
    });
    secure.listen(0, "127.0.0.1");
    await once(secure, "listening");
    const { port } = secure.address() as net.AddressInfo;
    await expect(get(`https://localhost:${port}/`, (address) => address === "127.0.0.1")).rejects.toThrow();
    await expect(get(`https://127.0.0.1:${port}/`)).rejects.toThrow();
    secure.close();
    expect(hellos.map((hello) => /localhost|127\.0\.0\.1/.exec(hello)?.[0])).toEqual(["localhost", undefined]);
  });

  it("ends an answer that came in another way", () => {
    const connection = new CheckedConnection(new URL("https://example.org/"), () => true);
    const stopped: unknown[] = [];
    const confirm = (): void => connection.confirm({ stop: (reason) => void stopped.push(reason) });
    expect(confirm).toThrow('Cannot connect to "example.org": this runtime does not say which address it connects to');
    expect(stopped).toMatchObject([{ code: "UNSUPPORTED" }]);
  });
});
