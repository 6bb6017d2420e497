const IMAGE_NAME = /\.(jpe?g|png|webp|avif|heic|heif|tiff?|gif|svg|bmp|jxl|jp2|dng|cr2|nef|arw)$/i;

/** What is named like an image is taken for one, so that a broken file shows up as a failure. */
export function isNamedLikeImage(name: string): boolean {
  return IMAGE_NAME.test(name);
}
