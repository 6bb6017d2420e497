export interface GenerateImageInput {
  generationId: string;
}

export interface GenerateImageResult {
  /** Absent: it was cancelled, or had ended before. */
  imageId?: string;
}
