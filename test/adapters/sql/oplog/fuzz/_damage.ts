import type { Chooser } from "../../../../../src/testing/simulation/chooser.ts";

/** Values that readers of lengths and offsets stumble over. */
const ODD_NUMBERS = [
  0n,
  1n,
  0x7fn,
  0x80n,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  1n << 53n,
  (1n << 64n) - 1n,
];

/** A file that was damaged in one way or several, and up to where it was not. */
export interface Damaged {
  readonly bytes: Uint8Array;
  readonly intact: number;
}

type Damage = (file: Damaged, chooser: Chooser) => Damaged;

function at(chooser: Chooser, bytes: Uint8Array): number {
  // The beginning of a file is where lengths and magic numbers are.
  return chooser.choose(Math.max(1, chooser.choose(3) === 0 ? Math.min(300, bytes.byteLength) : bytes.byteLength));
}

function noise(chooser: Chooser, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, () => chooser.choose(256));
}

function changed({ bytes, intact }: Damaged, start: number, piece: Uint8Array): Damaged {
  const copy = bytes.slice();
  copy.set(piece.subarray(0, Math.max(0, copy.byteLength - start)), start);
  return { bytes: copy, intact: Math.min(intact, start) };
}

function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((size, piece) => size + piece.byteLength, 0));
  let start = 0;
  for (const piece of pieces) {
    all.set(piece, start);
    start += piece.byteLength;
  }
  return all;
}

const flipBit: Damage = (file, chooser) => {
  const start = at(chooser, file.bytes);
  return changed(file, start, Uint8Array.of((file.bytes[start] ?? 0) ^ (1 << chooser.choose(8))));
};

const cut: Damage = ({ bytes, intact }, chooser) => {
  const size = chooser.choose(bytes.byteLength + 1);
  return { bytes: bytes.slice(0, size), intact: Math.min(intact, size) };
};

const scribble: Damage = (file, chooser) => {
  const start = at(chooser, file.bytes);
  return changed(file, start, noise(chooser, 1 + chooser.choose(200)));
};

const zeroSector: Damage = (file, chooser) => {
  const start = Math.floor(at(chooser, file.bytes) / 512) * 512;
  return changed(file, start, new Uint8Array(512));
};

const oddNumber: Damage = (file, chooser) => {
  const start = at(chooser, file.bytes);
  const piece = new Uint8Array(chooser.choose(2) === 0 ? 4 : 8);
  const number = ODD_NUMBERS[chooser.choose(ODD_NUMBERS.length)] ?? 0n;
  const view = new DataView(piece.buffer);
  if (piece.byteLength === 4) view.setUint32(0, Number(number & 0xffff_ffffn), chooser.choose(2) === 0);
  else view.setBigUint64(0, number, chooser.choose(2) === 0);
  return changed(file, start, piece);
};

const append: Damage = ({ bytes, intact }, chooser) => {
  // What is there already, again, or something else.
  const from = chooser.choose(bytes.byteLength + 1);
  const piece = chooser.choose(2) === 0 ? bytes.slice(from) : noise(chooser, chooser.choose(500));
  return { bytes: joined(bytes, piece), intact };
};

const insert: Damage = ({ bytes, intact }, chooser) => {
  const start = at(chooser, bytes);
  const piece = noise(chooser, 1 + chooser.choose(100));
  return { bytes: joined(bytes.slice(0, start), piece, bytes.slice(start)), intact: Math.min(intact, start) };
};

const leaveOut: Damage = ({ bytes, intact }, chooser) => {
  const start = at(chooser, bytes);
  const rest = bytes.slice(start + 1 + chooser.choose(300));
  return { bytes: joined(bytes.slice(0, start), rest), intact: Math.min(intact, start) };
};

const replace: Damage = (_file, chooser) => ({ bytes: noise(chooser, chooser.choose(3000)), intact: 0 });

const DAMAGES: readonly Damage[] = [
  flipBit,
  flipBit,
  cut,
  scribble,
  zeroSector,
  oddNumber,
  oddNumber,
  append,
  insert,
  leaveOut,
  replace,
];

/** A file with one to three damages, always the same for the same decisions. */
export function damage(bytes: Uint8Array, chooser: Chooser): Damaged {
  let file: Damaged = { bytes, intact: bytes.byteLength };
  for (let times = 1 + chooser.choose(3); times > 0; times--) {
    file = DAMAGES[chooser.choose(DAMAGES.length)]?.(file, chooser) ?? file;
  }
  return file;
}
