/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const LATTICE = 256;

/** Smooth noise from 0 to 1 over the plane, one bump a unit; `octaves` add finer and fainter bumps. */
export type Noise = (x: number, y: number, octaves: number) => number;

export function valueNoise(random: () => number): Noise {
  const lattice = Float32Array.from({ length: LATTICE * LATTICE }, random);
  const at = (column: number, row: number): number =>
    lattice[(row & (LATTICE - 1)) * LATTICE + (column & (LATTICE - 1))] ?? 0;
  const octave = (x: number, y: number): number => {
    const [column, row] = [Math.floor(x), Math.floor(y)];
    const [u, v] = [ease(x - column), ease(y - row)];
    const top = at(column, row) * (1 - u) + at(column + 1, row) * u;
    const bottom = at(column, row + 1) * (1 - u) + at(column + 1, row + 1) * u;
    return top * (1 - v) + bottom * v;
  };
  return (x, y, octaves) => {
    let sum = 0;
    let weight = 0;
    for (let n = 0, strength = 1; n < octaves; n++, strength /= 2) {
      sum += strength * octave(x * 2 ** n + n * 17, y * 2 ** n + n * 31);
      weight += strength;
    }
    return sum / weight;
  };
}

function ease(t: number): number {
  return t * t * (3 - 2 * t);
}
