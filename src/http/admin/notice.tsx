/** What came of something that somebody did. */
export interface Notice {
  mood: 'done' | 'refused';
  text: string;
}

/** Always there, so that screen readers hear what is put into it. */
export function NoticeBox({ notice }: { notice?: Notice }) {
  return (
    <div id="notice" role="status" aria-live="polite">
      {notice !== undefined && <NoticeText {...notice} />}
    </div>
  );
}

export function NoticeText({ mood, text }: Notice) {
  return (
    <p class={`notice ${mood}`}>
      <strong>{mood === 'done' ? 'Done.' : 'Not done.'}</strong> {text}
    </p>
  );
}
