/** Of Unicode's code points none takes more than four bytes, and Temporal takes 400 of a summary. */
const LONGEST = 90;

/** A file name as Temporal shows it beside an id: one line, short enough, nothing invisible. */
export function fileLabel(fileName: string): string {
  const characters = [...fileName.replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, ' ')];
  if (characters.length <= LONGEST) return characters.join('');
  return `${characters.slice(0, LONGEST - 1).join('')}…`;
}
