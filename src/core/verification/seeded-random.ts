/**
 * Numbers from 0 to below 1 that look random and are always the same for one seed: sfc32 by Chris Doty-Humphrey, from
 * PractRand. Not for secrets.
 *
 * @param seed 32 hexadecimal characters, as `Entropy.nonce` gives them
 */
export function seededRandom(seed: string): () => number {
  const words = new Uint32Array(4);
  for (const at of words.keys()) words[at] = Number.parseInt(seed.slice(at * 8, at * 8 + 8), 16);
  let [a = 0, b = 0, c = 0, d = 0] = words;
  const next = (): number => {
    const sum = (a + b + d) >>> 0;
    d = (d + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + sum) >>> 0;
    return sum / 0x1_0000_0000;
  };
  // Seeds that differ little give numbers that differ much only then.
  for (let round = 0; round < 12; round++) next();
  return next;
}
