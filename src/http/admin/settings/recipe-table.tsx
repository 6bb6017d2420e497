import { counted } from '../../../domain/counted.js';
import type { FormatSettings, Recipe } from '../../../domain/recipe.js';
import { costInWords } from '../tasks/start-form.js';
import { num, Table } from '../table.js';

export interface RecipeCost {
  /** Images made with an older recipe. */
  stale: number;
  /** What any change of the recipe would make stale, and what making it again takes. */
  all: { images: number; minutes?: number; bytes: number };
}

/** What is made of every image, and what a change of it would cost. */
export function RecipeTable({ recipe, cost }: { recipe: Recipe; cost: RecipeCost }) {
  const { tiers, formats, colorSpace = 'srgb' } = recipe;
  return (
    <section class="recipe">
      <h2>Recipe</h2>
      <Table columns={['Tier', num('Width'), ...formats.map(({ format }) => format)]}>
        {tiers.map(({ label, widthPx }) => (
          <tr>
            <th scope="row">{label}</th>
            <td class="num">{widthPx} px</td>
            {formats.map((settings) => (
              <td>{settingsInWords(settings)}</td>
            ))}
          </tr>
        ))}
      </Table>
      <p class="quiet">
        Colours: {colorSpace === 'p3' ? 'Display P3 where the original has them' : 'sRGB'}. Nothing
        is enlarged; animations are kept as animated WebP.
      </p>
      <Cost {...cost} />
    </section>
  );
}

function Cost({ stale, all }: RecipeCost) {
  return (
    <>
      <p>
        {all.images === 0
          ? 'Changing this makes nothing stale: no image is ready yet.'
          : `Changing this makes ${counted(all.images, 'image')} stale: ${costInWords(all)}.`}
      </p>
      <p>
        {stale === 0 ? (
          'No image is stale now.'
        ) : (
          <>
            {counted(stale, 'image is', 'images are')} stale now.{' '}
            <a href="/admin/tasks">Make them again in Tasks</a>
          </>
        )}
      </p>
    </>
  );
}

function settingsInWords(settings: FormatSettings): string {
  const parts = [`quality ${settings.quality}`, `effort ${settings.effort}`];
  if ('chromaSubsampling' in settings) parts.push(settings.chromaSubsampling);
  if ('smartSubsample' in settings) parts.push('smart subsampling');
  return parts.join(', ');
}
