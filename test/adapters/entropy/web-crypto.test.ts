import { expect, it } from "vitest";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";

it("gives names of 32 hexadecimal characters that do not meet", () => {
  const names = Array.from({ length: 5000 }, () => webCryptoEntropy.nonce());
  expect(names.filter((name) => !/^[0-9a-f]{32}$/.test(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});
