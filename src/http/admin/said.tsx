/** Where screen readers hear of ends; it is there from the start, so that they hear what is put into it. */
export function SaidBox() {
  return <p class="unseen" id="said" role="status" />;
}

/** Comes with an answer, and goes into the box. */
export function Said({ words }: { words: string }) {
  return (
    <p id="said" hx-swap-oob="innerHTML">
      {words}
    </p>
  );
}
