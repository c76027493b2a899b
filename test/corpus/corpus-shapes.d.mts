/** Random numbers from 0 to 1 that follow from a seed. */
export function createRandom(seed: number): () => number;
