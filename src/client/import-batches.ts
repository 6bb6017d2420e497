import type { Catalog, NewImage } from '../catalog/catalog.js';
import type { FailureKind } from '../domain/failures.js';

export interface ImportResult {
  /** Images that were found. */
  found: number;
  /** Images that the catalog did not have yet. */
  added: number;
  /** What is not imported: files relative to the folder or prefix, lines as `list.csv:12`. */
  skipped: Skipped[];
}

export interface Skipped {
  file: string;
  kind: FailureKind;
  /** What is wrong with it, when the kind does not say it. */
  reason?: string;
}

/** What a source of images comes upon, one after the other. */
export type Found = { image: NewImage } | { skipped: Skipped };

export interface ImportOptions {
  ownerId: string;
  onProgress?: (found: number) => void;
}

/** One INSERT each: a hundred thousand photographs take two hundred statements. */
const BATCH = 500;

/** Registers what is found, without processing it; what the catalog has already stays as it is. */
export async function registerAll(
  catalog: Catalog,
  findings: AsyncIterable<Found>,
  onProgress?: (found: number) => void,
): Promise<ImportResult> {
  const result: ImportResult = { found: 0, added: 0, skipped: [] };
  let batch: NewImage[] = [];
  const flush = async () => {
    result.added += (await catalog.images.add(batch)).added;
    batch = [];
    onProgress?.(result.found);
  };

  for await (const finding of findings) {
    if ('skipped' in finding) {
      result.skipped.push(finding.skipped);
      continue;
    }
    result.found += 1;
    batch.push(finding.image);
    if (batch.length === BATCH) await flush();
  }
  await flush();
  return result;
}
