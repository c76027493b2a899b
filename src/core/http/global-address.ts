/** Blocks of IPv4 that are not for everybody (IANA IPv4 Special-Purpose Address Registry, RFC 6890), and multicast. */
const SPECIAL_IPV4: readonly (readonly [start: string, bits: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/** Blocks within 2000::/3 that are not for everybody (IANA IPv6 Special-Purpose Address Registry). */
const SPECIAL_IPV6: readonly (readonly [start: string, bits: number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

/** IPv6 addresses whose last 32 bits are the IPv4 address that is reached: mapped ones, and those of NAT64 (RFC 6052). */
const WITH_IPV4: readonly (readonly [start: string, bits: number])[] = [
  ["::ffff:0:0", 96],
  ["64:ff9b::", 96],
];

/**
 * Whether an IP address, as text, is one that anybody can be reached at: no loopback, private, link-local, shared, unique
 * local or multicast address, none that is kept for documents, tests or protocols, and no text that is no address. Of
 * IPv6 only 2000::/3 is given to servers (RFC 4291, section 2.4). The few blocks within those of protocols that the
 * registries call reachable are no places for files, and do not count.
 */
export function isGlobalAddress(address: string): boolean {
  const ipv4 = parseIpv4(address);
  if (ipv4 !== undefined) return isGlobalIpv4(ipv4);
  const ipv6 = parseIpv6(address);
  if (ipv6 === undefined) return false;
  if (WITH_IPV4.some((block) => isInIpv6(ipv6, block))) return isGlobalIpv4(Number(ipv6 & 0xffff_ffffn));
  return isInIpv6(ipv6, ["2000::", 3]) && !SPECIAL_IPV6.some((block) => isInIpv6(ipv6, block));
}

/** The IP address that the host of a URL is, without brackets; `undefined` for a name. */
export function findLiteralAddress({ hostname }: URL): string | undefined {
  const plain = hostname.replace(/^\[(.*)\]$/, "$1");
  return parseIpv4(plain) === undefined && parseIpv6(plain) === undefined ? undefined : plain;
}

function isGlobalIpv4(address: number): boolean {
  return !SPECIAL_IPV4.some(([start, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(address / size) === Math.floor(Number(parseIpv4(start)) / size);
  });
}

function isInIpv6(address: bigint, [start, bits]: readonly [start: string, bits: number]): boolean {
  const rest = BigInt(128 - bits);
  return address >> rest === (parseIpv6(start) as bigint) >> rest;
}

function parseIpv4(text: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const parts = text.split(".").map(Number);
  if (parts.some((part) => part > 255)) return undefined;
  return parts.reduce((address, part) => address * 256 + part, 0);
}

/** With or without a zone (RFC 4007), and with its end in the notation of IPv4, too (RFC 4291, section 2.2). */
function parseIpv6(text: string): bigint | undefined {
  const [plain = ""] = text.split("%");
  if (!plain.includes(":")) return undefined;
  const [, start = "", end] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(plain) ?? [];
  const ipv4 = end === undefined ? undefined : parseIpv4(end);
  if (end !== undefined && ipv4 === undefined) return undefined;
  const words = ipv4 === undefined ? plain : `${start}${(ipv4 >>> 16).toString(16)}:${(ipv4 & 0xffff).toString(16)}`;
  const halves = words.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const [before = [], after] = halves;
  const missing = 8 - halves.flat().length;
  const isWhole = after === undefined ? missing === 0 : missing > 0;
  const all = [...before, ...Array<string>(after === undefined ? 0 : Math.max(missing, 0)).fill("0"), ...(after ?? [])];
  if (halves.length > 2 || !isWhole || !all.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return undefined;
  return BigInt(`0x${all.map((word) => word.padStart(4, "0")).join("")}`);
}
