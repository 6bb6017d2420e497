import { setCurrentDetails } from '@temporalio/workflow';
import { detailsTable } from '../domain/details-table.js';
import type { Tier } from '../domain/recipe.js';

const ROWS = ['file', 'original', 'tiers', 'description', 'embedding'] as const;
export type DetailsRow = (typeof ROWS)[number];

/** Where one pass over an image stands, for people who look at its workflow. */
export class ImageDetails {
  readonly #states = new Map<DetailsRow, string>();

  say(row: DetailsRow, state: string): void {
    this.#states.set(row, state);
    const known = ROWS.flatMap((name) => {
      const said = this.#states.get(name);
      return said === undefined ? [] : [[name, said] as const];
    });
    setCurrentDetails(detailsTable(known));
  }
}

/** `640 stored, 1024 being made, 1920 to come`. */
export function tiersInWords(tiers: Tier[], current: number): string {
  const state = (index: number) => {
    if (index < current) return 'stored';
    return index === current ? 'being made' : 'to come';
  };
  return tiers.map(({ widthPx }, index) => `${widthPx} ${state(index)}`).join(', ');
}
