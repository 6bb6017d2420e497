import type { ImageView } from '../../../client.js';
import { number } from '../../../domain/counted.js';
import { LONGEST_PROMPT } from '../../../domain/check-generation.js';
import { isStyle, styledPrompt } from '../../../domain/styles.js';
import { altOf } from '../images/picture.js';
import { Thumb } from '../thumb.js';
import type { FormFields } from './form-fields.js';

/** What stands beside the form while somebody types. */
export function PreviewText({ prompt = '', style }: FormFields) {
  const letters = [...prompt].length;
  return (
    <>
      <p class={letters > LONGEST_PROMPT ? 'bad' : 'quiet'}>
        {number(letters)} of {number(LONGEST_PROMPT)} characters.
        {prompt.trim() !== '' && (isStyle(style) ? ' The provider gets:' : ' It is sent as it is.')}
      </p>
      {isStyle(style) && prompt.trim() !== '' && <p>{styledPrompt(prompt.trim(), style)}</p>}
    </>
  );
}

export interface SourceShownProps {
  sourceImage?: string;
  /** Absent when it is none of ours. */
  source?: ImageView;
  outOfBand?: boolean;
}

/** The picture that the new one begins with. */
export function SourceShown({ sourceImage = '', source, outOfBand = false }: SourceShownProps) {
  return (
    <p class="source-shown quiet" id="source-shown" {...(outOfBand && { 'hx-swap-oob': 'true' })}>
      {source !== undefined && (
        <>
          <Thumb view={source} />
          <a href={`/admin/images/${source.id}`}>{altOf(source)}</a>
        </>
      )}
      {source === undefined && sourceInWords(sourceImage.trim())}
    </p>
  );
}

function sourceInWords(sourceImage: string): string {
  if (sourceImage === '') return 'Without one the picture is made from the prompt alone.';
  if (/^https:/i.test(sourceImage)) return 'It is fetched when its turn comes.';
  return 'There is no image of this id.';
}
