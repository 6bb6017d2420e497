import type { SearchHit } from '../../../client.js';
import { Hit } from '../search/hit.js';

/** Images like the one that the page is about. */
export function Similar({ hits }: { hits: SearchHit[] }) {
  if (hits.length === 0) return <></>;
  return (
    <section class="similar">
      <h2 id="similar">Similar</h2>
      <ul class="hits" aria-labelledby="similar">
        {hits.map((hit) => (
          <Hit hit={hit} />
        ))}
      </ul>
    </section>
  );
}
