/** A list of what one way of searching found, best first; equals have the same rank. */
export interface RankedList {
  /** How much the list has to say beside the others. */
  weight: number;
  entries: { id: string; rank: number }[];
}

/**
 * The constant of reciprocal rank fusion, as its authors chose it: large enough that being found by
 * two ways counts more than being first by one.
 */
const K = 60;

/**
 * Reciprocal rank fusion: ranks can be added where scores of different ways cannot be compared. Best
 * first; of equals, the newer image (ids are ordered by time).
 */
export function fuseRanks(lists: readonly RankedList[]): { id: string; score: number }[] {
  const scores = new Map<string, number>();
  for (const { weight, entries } of lists) {
    for (const { id, rank } of entries) {
      scores.set(id, (scores.get(id) ?? 0) + weight / (K + rank));
    }
  }
  return [...scores]
    .map(([id, score]) => ({ id, score }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? 1 : -1));
}
