/** Objects that Darkroom itself puts into storage, told by their keys. */
export type OwnObject =
  | { kind: 'variant'; key: string; imageKey: string }
  | { kind: 'preview'; key: string; imageId: string }
  | {
      kind: 'original';
      key: string;
      /** Somebody asked for it to go with its image; otherwise a deleted image keeps it. */
      givenUp?: boolean;
    };

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const VARIANT = /^(variants\/[0-9a-f]{32})_\d+\.[a-z]+$/;
const PREVIEW = new RegExp(`^previews/(${UUID})\\.jpg$`);
const ORIGINAL = new RegExp(`^originals/[0-9a-f]{16}/(?:${UUID}-)?([0-9a-f]{64})$`);

/** `undefined` for whatever else lies in the same storage: it is somebody else's and stays. */
export function ownObject(key: string): OwnObject | undefined {
  const imageKey = VARIANT.exec(key)?.[1];
  if (imageKey !== undefined) return { kind: 'variant', key, imageKey };
  const imageId = PREVIEW.exec(key)?.[1];
  if (imageId !== undefined) return { kind: 'preview', key, imageId };
  return ORIGINAL.test(key) ? { kind: 'original', key } : undefined;
}

export function previewKey(imageId: string): string {
  return `previews/${imageId}.jpg`;
}

/**
 * Where the bytes of an owner's upload are kept.
 * @param imageId of the image whose bytes they replaced: those are its own, shared with nobody
 */
export function originalKey(ownerFolder: string, sha256: string, imageId?: string): string {
  return `originals/${ownerFolder}/${imageId === undefined ? '' : `${imageId}-`}${sha256}`;
}

/** The content hash in the key of an original of ours. */
export function sha256InKey(original: string): string | undefined {
  return ORIGINAL.exec(original)?.[1];
}
