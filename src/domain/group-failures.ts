import { failureOf, knownKind } from './failures.js';

export interface FinalFailure {
  imageId: string;
  ownerId: string;
  fileName: string;
  kind: string;
  at: Date;
}

/** What administrators are told of many failures at once. */
export interface FailureDigest {
  failures: number;
  /** When the first and the last of them happened. */
  from: string;
  to: string;
  /** The most frequent first. */
  groups: FailureDigestGroup[];
}

export interface FailureDigestGroup {
  kind: string;
  /** The words of the failure table. */
  says: string;
  count: number;
  /** The first of them. */
  images: Pick<FinalFailure, 'imageId' | 'ownerId' | 'fileName'>[];
}

/** Enough to see what they have in common. */
const IMAGES_OF_A_GROUP = 5;

/** @param failures at least one, oldest first */
export function groupFailures(failures: FinalFailure[]): FailureDigest {
  const byKind = new Map<string, FinalFailure[]>();
  for (const failure of failures) {
    const ofKind = byKind.get(failure.kind);
    if (ofKind === undefined) byKind.set(failure.kind, [failure]);
    else ofKind.push(failure);
  }
  const groups = [...byKind].map(([kind, ofKind]) => ({
    kind,
    says: failureOf(knownKind(kind)).says,
    count: ofKind.length,
    images: ofKind
      .slice(0, IMAGES_OF_A_GROUP)
      .map(({ imageId, ownerId, fileName }) => ({ imageId, ownerId, fileName })),
  }));
  const times = failures.map(({ at }) => at.getTime());
  return {
    failures: failures.length,
    from: new Date(times.reduce((a, b) => Math.min(a, b))).toISOString(),
    to: new Date(times.reduce((a, b) => Math.max(a, b))).toISOString(),
    groups: groups.sort((one, other) => other.count - one.count),
  };
}
