/** What to do before there is anything to run. */
export function NoImages() {
  return (
    <section class="empty">
      <p>
        Add some: drop files on the page <a href="/admin/images">Images</a>, or register a folder
        with <code>darkroom import DIR</code>. Then come back here and start a backfill.
      </p>
    </section>
  );
}
