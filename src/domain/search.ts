/** What narrows a search; everything absent narrows nothing. */
export interface SearchFilter {
  ownerId?: string;
  /** All of them, as the images have them. */
  tags?: string[];
  /** A word of color-names.ts. */
  color?: string;
  /** Registered at this moment or later. */
  from?: Date;
  /** Registered before this moment. */
  to?: Date;
}

/** Vectors that can be compared: those of one model with one length. */
export interface VectorSpace {
  provider: string;
  model: string;
  dims: number;
}

/** One reason why an image was found. */
export type Why =
  /** Words that stand in its description, tags, file name or camera. */
  | { by: 'words'; words: string[] }
  /** How alike (0 to 1) its description and the query, or two descriptions, are to a model. */
  | { by: 'meaning'; likeness: number; provider: string; model: string }
  /** Its colours that were asked for, and how much of the picture has them (0 to 1). */
  | { by: 'color'; colors: { name: string; share: number }[] };

/** Why nothing was found. */
export type NothingFound =
  /** There is no image at all, or none of this owner. */
  | 'noImages'
  /** No image is left by the filters. */
  | 'filters'
  /** No image that is left has been described yet. */
  | 'notDescribed'
  /** The query has no word in it. */
  | 'noWords'
  /** No words, colours or meanings are near enough. */
  | 'nothingClose'
  /** The image that others should be like has no vector yet. */
  | 'notEmbedded';

export const NOTHING_FOUND: Record<NothingFound, string> = {
  noImages: 'There are no images to search.',
  filters: 'No image passes the filters.',
  notDescribed: 'The images have not been described yet, so there is nothing to search in.',
  noWords: 'There is no word in the query to search for.',
  nothingClose:
    'No description, tag, file name or colour matches, and no image is close enough in meaning.',
  notEmbedded: 'The image has not been embedded yet, so nothing can be compared with it.',
};
