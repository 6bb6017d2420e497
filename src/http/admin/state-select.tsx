/** @param words of each state that may be chosen, in their order */
export function StateSelect({ words, status }: { words: object; status: string | undefined }) {
  return (
    <label>
      State
      <select name="status" id="filter-status">
        <option value="">any</option>
        {Object.entries(words).map(([value, said]: [string, string]) => (
          <option value={value} selected={value === status}>
            {said}
          </option>
        ))}
      </select>
    </label>
  );
}
