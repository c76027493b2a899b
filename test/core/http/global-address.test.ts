import { describe, expect, it } from "vitest";
import { findLiteralAddress, isGlobalAddress } from "../../../src/core/http/global-address.ts";

/** First and last addresses of the blocks of the IANA IPv4 Special-Purpose Address Registry, and of multicast. */
const SPECIAL_IPV4 = [
  ["0.0.0.0", "0.255.255.255"],
  ["10.0.0.0", "10.255.255.255"],
  ["100.64.0.0", "100.127.255.255"],
  ["127.0.0.0", "127.255.255.255"],
  ["169.254.0.0", "169.254.255.255"],
  ["172.16.0.0", "172.31.255.255"],
  ["192.0.0.0", "192.0.0.255"],
  ["192.0.2.0", "192.0.2.255"],
  ["192.88.99.0", "192.88.99.255"],
  ["192.168.0.0", "192.168.255.255"],
  ["198.18.0.0", "198.19.255.255"],
  ["198.51.100.0", "198.51.100.255"],
  ["203.0.113.0", "203.0.113.255"],
  ["224.0.0.0", "239.255.255.255"],
  ["240.0.0.0", "255.255.255.255"],
];

/** The neighbours of these blocks, and blocks that the registry calls globally reachable (AS112, AMT). */
const GLOBAL_IPV4 = [
  ...["1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0"],
  ...["169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0"],
  ...["192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "203.0.114.0"],
  ...["223.255.255.255", "8.8.8.8", "192.31.196.1", "192.52.193.1", "192.175.48.1"],
];

/** The same of the IANA IPv6 Special-Purpose Address Registry, and of what RFC 4291 keeps for other than servers. */
const SPECIAL_IPV6 = [
  ["::", "::1"],
  ["::2", "::ffff:ffff"],
  ["64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"],
  ["100::", "100::ffff:ffff:ffff:ffff"],
  ["100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff"],
  ["2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["4000::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
];

const GLOBAL_IPV6 = [
  ...["2000::", "2001:200::", "2001:db7:ffff::", "2001:db9::", "2003::", "2606:4700::1111", "2620:4f:8000::1"],
  ...["3ffe:ffff::", "3fff:1000::", "2A00:1450:4001:81b::200e", "2001:0200:0:0:0:0:0:1"],
];

describe("isGlobalAddress", () => {
  it.each(SPECIAL_IPV4)("does not count %s to %s", (first, last) => {
    for (const address of [first, last]) {
      expect(isGlobalAddress(address ?? ""), address).toBe(false);
      // As IPv6 has it, and behind NAT64.
      expect(isGlobalAddress(`::ffff:${address}`), address).toBe(false);
      expect(isGlobalAddress(`64:ff9b::${address}`), address).toBe(false);
    }
  });

  it.each(GLOBAL_IPV4)("counts %s", (address) => {
    expect(isGlobalAddress(address)).toBe(true);
    expect(isGlobalAddress(`::ffff:${address}`)).toBe(true);
    expect(isGlobalAddress(`::FFFF:0:0`.replace("0:0", hexOf(address)))).toBe(true);
    expect(isGlobalAddress(`64:ff9b::${address}`)).toBe(true);
  });

  it.each(SPECIAL_IPV6)("does not count %s to %s", (first, last) => {
    expect(isGlobalAddress(first ?? "")).toBe(false);
    expect(isGlobalAddress(last ?? "")).toBe(false);
  });

  it.each(GLOBAL_IPV6)("counts %s", (address) => {
    expect(isGlobalAddress(address)).toBe(true);
  });

  it("sees through zones", () => {
    expect(isGlobalAddress("fe80::1%eth0")).toBe(false);
    expect(isGlobalAddress("::ffff:10.0.0.1%1")).toBe(false);
  });

  it.each([
    ...[
      "",
      "example.org",
      "1.2.3",
      "1.2.3.4.5",
      "256.1.1.1",
      "1.2.3.1000",
      "0x7f.1",
      "2130706433",
      ":",
      ":::",
      "1::2::3",
    ],
    ...["2606:4700", "2606:4700:0:0:0:0:0:0:1111", "2606::12345", "2606::g", "2606::1.2.3.256", "1:2:3:4:5:6:7::8:9"],
    ...["2606:1:2:3:4:5:6::7:8", "[2606:4700::1111]", "2606:4700::1111 "],
  ])("does not count %o, which is no address", (text) => {
    expect(isGlobalAddress(text)).toBe(false);
  });
});

describe("findLiteralAddress", () => {
  it.each([
    ["http://127.0.0.1:8080/", "127.0.0.1"],
    ["http://2130706433/", "127.0.0.1"],
    ["http://0x7f.1/", "127.0.0.1"],
    ["http://017700000001/", "127.0.0.1"],
    ["http://[::1]/", "::1"],
    ["http://[::ffff:127.0.0.1]/", "::ffff:7f00:1"],
    ["http://example.org/", undefined],
    ["http://127.0.0.1.example.org/", undefined],
  ])("of %s is %s", (url, address) => {
    expect(findLiteralAddress(new URL(url))).toBe(address);
  });
});

function hexOf(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}
