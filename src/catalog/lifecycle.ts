import type { ImageInScope, Step } from '../domain/image.js';
import type { OwnObject } from '../domain/own-object.js';
import { forget, markDeleted } from './delete-image.js';
import type { Database } from './postgres.js';
import { replaceOriginal } from './replace-original.js';
import { deferredImages, stuckImages } from './unattended.js';
import {
  forgetObjects,
  imageObjects,
  type ImageObjects,
  type LostObjects,
} from './stored-objects.js';
import { removeUnused, unusedObjects } from './unused-objects.js';

/** How images end, how they get other bytes, and what is left lying about. */
export interface LifecycleCatalog {
  /**
   * From now on nothing new starts and no list shows the image; again, it changes nothing.
   * @throws DarkroomError `ImageNotFound` when there never was such an image
   */
  markDeleted(imageId: string): Promise<void>;
  /**
   * Leaves of a deleted image only what recognises it (owner, original, file name). For when its
   * objects are gone, because afterwards nothing says which they were. A living image stays.
   */
  forget(imageId: string): Promise<void>;
  /**
   * Points a living image to other bytes; what is served stays until the variants of these are whole.
   * @returns false when the image is deleted or never was
   */
  replaceOriginal(imageId: string, bytes: NewBytes): Promise<boolean>;
  /** Those of the objects that no image needs. */
  unused(objects: OwnObject[]): Promise<OwnObject[]>;
  /**
   * Runs the removal if no image needs the object; whoever begins to need it meanwhile waits for
   * the end of the removal.
   * @returns false when it is needed, and so was not removed
   */
  removeUnused(object: OwnObject, remove: () => Promise<void>): Promise<boolean>;
  /** Living images and the objects that they name; ascending by id. */
  objects(page: UnattendedPage): Promise<ImageObjects[]>;
  /**
   * Objects of an image turned out not to be there, or not to be what they should: the next work on it
   * makes them again, and until then nothing is offered that is as wide as the smallest of them.
   * @returns false when the image was deleted meanwhile
   */
  forgetObjects(imageId: string, lost: LostObjects): Promise<boolean>;
  /** Images with deferred steps: these, and what else was asked for and is pending; ascending by id. */
  deferred(page: UnattendedPage): Promise<Unattended[]>;
  /** Images that are said to be processed, untouched for 10 minutes, and what was asked of them. */
  stuck(page: UnattendedPage): Promise<Unattended[]>;
}

export interface NewBytes {
  original: string;
  fileName?: string;
}

export interface UnattendedPage {
  after?: string;
  limit: number;
}

export interface Unattended extends ImageInScope {
  steps: Step[];
}

export function lifecycleCatalog(database: Database): LifecycleCatalog {
  return {
    markDeleted: (imageId) => markDeleted(database, imageId),
    forget: (imageId) => forget(database, imageId),
    replaceOriginal: (imageId, bytes) => replaceOriginal(database, imageId, bytes),
    unused: (objects) => unusedObjects(database, objects),
    removeUnused: (object, remove) => removeUnused(database, object, remove),
    objects: (page) => imageObjects(database, page),
    forgetObjects: (imageId, lost) => forgetObjects(database, imageId, lost),
    deferred: (page) => deferredImages(database, page),
    stuck: (page) => stuckImages(database, page),
  };
}
