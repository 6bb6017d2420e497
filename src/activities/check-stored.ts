import { cancellationSignal, log } from '@temporalio/activity';
import type { ImageObjects } from '../catalog/stored-objects.js';
import { DarkroomError } from '../domain/failures.js';
import { FSCK_FINDINGS, type Damage, type FsckFinding, type FsckReport } from '../domain/fsck.js';
import { ownObject } from '../domain/own-object.js';
import { storedState } from '../storage/stored-state.js';
import type { Storage } from '../storage/storage.js';
import type { ActivityDeps } from './deps.js';

const PAGE = 100;
/** Images whose objects are looked for at once. */
const AT_ONCE = 8;

export interface CheckStoredInput {
  /** The last image of the part before. */
  after?: string;
  repair: boolean;
  quick: boolean;
}

export interface CheckedStored extends Omit<
  FsckReport,
  'orphans' | 'orphanBytes' | 'orphansDeleted'
> {
  /** Where to go on; absent at the end. */
  next?: string;
  /** Images that have lost variants and still have what those are made from. */
  repairable: number;
}

/**
 * Looks for every object that a hundred images name, and with `repair` has made again what is not there
 * or is not what it should be. Safe to repeat: what was forgotten is being made, and what is whole stays;
 * only a report forgets what a try before it has repaired, so that is looked for first and repaired then.
 */
export const checkStored =
  (deps: ActivityDeps) =>
  async ({ after, repair, quick }: CheckStoredInput): Promise<CheckedStored> => {
    const page = await deps.catalog.lifecycle.objects({
      limit: PAGE,
      ...(after !== undefined && { after }),
    });
    const checked: CheckedStored = {
      ...{ images: page.length, objects: 0, missing: 0, damaged: 0 },
      ...{ findings: [], repairing: 0, beyondRepair: 0, repairable: 0 },
    };
    let asked: Promise<void> | undefined;
    const believing = (storage: Storage) => (asked ??= requireVariants(storage));
    const last = page.at(-1)?.id;
    if (page.length === PAGE && last !== undefined) checked.next = last;
    for (let at = 0; at < page.length; at += AT_ONCE) {
      cancellationSignal().throwIfAborted();
      const part = page.slice(at, at + AT_ONCE);
      const how = { repair, quick, believing };
      await Promise.all(part.map((image) => checkImage(deps, image, how, checked)));
    }
    return checked;
  };

interface How extends Omit<CheckStoredInput, 'after'> {
  /** Before anything is forgotten because it is missing. */
  believing: (storage: Storage) => Promise<void>;
}

/**
 * A folder that is not mounted and a bucket of another name lack everything, and every image would be
 * made anew.
 * @throws DarkroomError `StorageGone` where there is not a single variant
 */
async function requireVariants(storage: Storage): Promise<void> {
  const listed = storage.list('variants/')[Symbol.asyncIterator]();
  const { done } = await listed.next();
  await listed.return?.();
  if (done !== true) return;
  throw new DarkroomError(
    'StorageGone',
    'The storage has not a single variant, so none is taken for lost: is its folder mounted, and is ' +
      'it the right bucket? If they are gone for good, darkroom backfill start --scope all makes them again.',
  );
}

async function checkImage(
  deps: ActivityDeps,
  image: ImageObjects,
  { repair, quick, believing }: How,
  checked: CheckedStored,
): Promise<void> {
  const wanted = wantedOf(deps, image);
  checked.objects += wanted.length;
  const found = await Promise.all(wanted.map((object) => damageOf(object, quick)));
  const findings = wanted.flatMap(({ kind, key }, index): FsckFinding[] => {
    const damage = found[index];
    if (damage === undefined) return [];
    return [{ kind, damage, key, imageId: image.id, fileName: image.fileName }];
  });
  for (const finding of findings) {
    checked[finding.damage] += 1;
    if (finding.kind === 'original') checked.beyondRepair += 1;
    if (checked.findings.length < FSCK_FINDINGS) checked.findings.push(finding);
    log.warn('object is not as the catalog says', { ...finding });
  }
  if (isRepairable(findings)) checked.repairable += 1;
  const lost = wanted.find(({ kind }, index) => kind === 'variant' && found[index] === 'missing');
  if (repair && lost !== undefined) await believing(lost.storage);
  if (repair && (await madeAgain(deps, image, findings))) checked.repairing += 1;
}

interface Wanted {
  kind: FsckFinding['kind'];
  storage: Storage;
  key: string;
  /** Absent where nobody has recorded it. */
  sizeBytes?: number;
  sha256?: string;
}

function wantedOf({ originals, variants }: ActivityDeps, image: ImageObjects): Wanted[] {
  if (variants === undefined) throw new DarkroomError('StorageNotConfigured');
  const { original, previewKey, sizeBytes, sha256 } = image;
  const bytes = {
    ...(sizeBytes !== undefined && { sizeBytes }),
    ...(sha256 !== undefined && { sha256 }),
  };
  const isOurs = ownObject(original)?.kind === 'original';
  return [
    ...image.variants.map(({ key, ...variant }) => ({
      ...{ kind: 'variant' as const, storage: variants, key },
      ...{ sizeBytes: variant.sizeBytes, sha256: variant.sha256 },
    })),
    ...(previewKey === undefined
      ? []
      : [{ kind: 'preview' as const, storage: originals, key: previewKey }]),
    // What was imported lies elsewhere, and whoever has it there looks after it.
    ...(isOurs ? [{ kind: 'original' as const, storage: originals, key: original, ...bytes }] : []),
  ];
}

async function damageOf(object: Wanted, quick: boolean): Promise<Damage | undefined> {
  const { storage, key, sizeBytes, sha256 } = object;
  if (quick || sizeBytes === undefined || sha256 === undefined) {
    const found = await storage.stat(key);
    if (found === undefined) return 'missing';
    return found.sizeBytes === (sizeBytes ?? found.sizeBytes) ? undefined : 'damaged';
  }
  const state = await storedState(
    storage,
    { key, sizeBytes, sha256 },
    { signal: cancellationSignal() },
  );
  return state === 'whole' ? undefined : state;
}

/** Nothing is made from what is gone: variants that are there go on being shown. */
function isRepairable(findings: FsckFinding[]): boolean {
  const has = (wanted: FsckFinding['kind']) => findings.some(({ kind }) => kind === wanted);
  return has('variant') && !has('original');
}

/** @returns whether the image was started */
async function madeAgain(
  { catalog, images }: ActivityDeps,
  image: ImageObjects,
  findings: FsckFinding[],
): Promise<boolean> {
  const variants = findings.filter(({ kind }) => kind === 'variant').map(({ key }) => key);
  const preview = findings.some(({ kind }) => kind === 'preview');
  if (findings.some(({ kind }) => kind === 'original')) return false;
  if (variants.length === 0 && !preview) return false;
  if (!(await catalog.lifecycle.forgetObjects(image.id, { variants, preview }))) return false;
  // A preview is made with whatever needs it next.
  if (!isRepairable(findings)) return false;
  const { id, ownerId, fileName } = image;
  await images.start({ id, ownerId, fileName }, { steps: ['variants'] });
  return true;
}
