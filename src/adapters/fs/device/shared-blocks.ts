/** Types of `statfs(2)` on which no file ever has blocks in common with another, from `linux/magic.h`. */
const NEVER_SHARED: ReadonlySet<bigint> = new Set([
  // ext2, ext3 and ext4
  0xef53n,
  // tmpfs
  0x0102_1994n,
  // FAT
  0x4d44n,
  // exFAT
  0x2011_bab0n,
  // NTFS, with the driver that Linux had and the one that it has
  0x5346_544en,
  0x7366_746en,
  // F2FS
  0xf2f5_2010n,
  // HFS and HFS+
  0x4244n,
  0x482bn,
]);

/** What `statfs(2)` says of a device. */
export interface DeviceType {
  /** Its type. Where `long` has 32 bits, it may come as a negative number. */
  readonly type: bigint;
}

/**
 * Whether files on a device may have blocks in common. Only Linux tells its type by a number that stays the same; what
 * is mounted through FUSE or over a network may do that, too.
 */
export function mayShareBlocksOn({ type }: DeviceType, os: string): boolean {
  return os !== "linux" || !NEVER_SHARED.has(BigInt.asUintN(32, type));
}
