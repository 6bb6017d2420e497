/** `missing`: nothing is stored; `damaged`: something is, but not the bytes that the catalog names. */
export type Damage = 'missing' | 'damaged';

/** An object that is not as the catalog says. */
export interface FsckFinding {
  kind: 'variant' | 'preview' | 'original';
  damage: Damage;
  key: string;
  imageId: string;
  fileName: string;
}

/** What a comparison of catalog and storage found and did. */
export interface FsckReport {
  images: number;
  /** Objects that were looked for; those of the catalog. */
  objects: number;
  missing: number;
  damaged: number;
  /** The first of them. */
  findings: FsckFinding[];
  /** Images that were started, to make again what was wrong. */
  repairing: number;
  /** Findings that nothing can make again: originals. */
  beyondRepair: number;
  /** Objects that no image needs. */
  orphans: number;
  orphanBytes: number;
  orphansDeleted: number;
}

/** Findings that are told; the others are counted. */
export const FSCK_FINDINGS = 100;

export interface FsckInput {
  /** Make again what is missing or damaged, and delete what no image needs; otherwise only say so. */
  repair?: boolean;
  /** Compare sizes only: a store that keeps no checksums is not read. */
  quick?: boolean;
}
