/** A moment in the reader's own time zone with script, in UTC without. */
export function Moment({ at }: { at: Date }) {
  const iso = at.toISOString();
  return (
    <time datetime={iso} title={`${iso.slice(0, 19).replace('T', ' ')} UTC`} data-local>
      {iso.slice(0, 16).replace('T', ' ')}
    </time>
  );
}
