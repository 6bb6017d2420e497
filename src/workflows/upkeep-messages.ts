import { defineSignal } from '@temporalio/workflow';

export interface DeleteRequest {
  /** Lets a workflow see that what it was started with and what it was told are the same request. */
  id?: string;
  /** Remove the original too, if it is one of ours. */
  original?: boolean;
}

export interface DeleteImageInput extends DeleteRequest {
  imageId: string;
}

/** A deletion that meets another of the same image: one more pass, in case it lived meanwhile. */
export const deleteSignal = defineSignal<[DeleteRequest]>('delete');

/** Every field has a default, so `temporal workflow start` works with no input. */
export interface SweepInput {
  /** Look for objects that no image needs (by default). */
  orphans?: boolean;
  /** Delete them; otherwise they are only counted. */
  deleteOrphans?: boolean;
}
