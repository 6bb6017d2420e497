import type { Catalog, RunFailure } from '../catalog/catalog.js';
import { failureOf, knownKind } from '../domain/failures.js';

/** What went wrong in the same way. */
export interface FailureGroup {
  kind: string;
  /** What it means, in plain words. */
  says: string;
  /** Images, not tries. */
  count: number;
  examples: RunFailure[];
}

export async function failureGroups(catalog: Catalog, runId: string): Promise<FailureGroup[]> {
  const groups = await catalog.overview.failuresByKind(runId);
  return groups.map(({ kind, count, examples }) => ({
    ...{ kind, count, examples },
    says: failureOf(knownKind(kind)).says,
  }));
}
