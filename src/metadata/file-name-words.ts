/** What cameras, phones and programs put in front of a counter or behind a copy. */
const NOT_ABOUT_THE_PICTURE = new Set(
  (
    'img imgp mg dsc dscn dscf dscx pxl mvimg mvi gopr gx gh dji mp burst sam cimg pict pic dcim wa vid fb ' +
    'image photo picture foto bild whatsapp untitled scan copy final edit edited original export ' +
    'collage resized web small large the a an and of at in on by to with from jpg jpeg png webp heic'
  ).split(' '),
);

/**
 * The words that a person chose, lower-case, in order, each once: `IMG_2041 HarborAtDawn (2).jpg`
 * gives harbor, dawn. Empty for `DSC01234.JPG`.
 */
export function fileNameWords(fileName: string): string[] {
  const base = fileName.replace(/^.*[/\\]/, '').replace(/\.[^.\s]{1,5}$/, '');
  const words = base
    .normalize('NFC')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    // Identifiers such as 8f3a2c or x1200 are not words, and neither is what stands around them.
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .flatMap((part) => (isIdentifier(part) ? [] : part.split(/\p{N}+/u)))
    .filter((word) => word.length > 1 && !NOT_ABOUT_THE_PICTURE.has(word));
  return [...new Set(words)];
}

/** Digits between letters, as in hashes and uuids; a counter behind a word is none. */
function isIdentifier(part: string): boolean {
  return /\p{N}\p{L}/u.test(part);
}
