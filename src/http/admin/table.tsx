import type { Child } from 'hono/jsx';

/** Its title, or how it looks too: numbers stand right, and bars need room. */
export type Column = string | { title: string; looks: 'num' | 'wide' };

interface ScrollTableProps {
  /** Keeps the focus and how far it is scrolled when the table is shown anew. */
  id: string;
  /** Id of the heading that says what it is, or where there is none the words. */
  labelledby?: string;
  label?: string;
  columns: Column[];
  /** Its rows. */
  children?: Child;
}

/** Where the screen is too narrow for it the table scrolls, by keyboard too, and not the page. */
export function ScrollTable({ id, labelledby, label, columns, children }: ScrollTableProps) {
  const named = { 'aria-labelledby': labelledby, 'aria-label': label };
  return (
    <div class="scroll" id={id} role="region" {...named} tabindex={0}>
      <Table columns={columns}>{children}</Table>
    </div>
  );
}

export function Table({ columns, children }: Pick<ScrollTableProps, 'columns' | 'children'>) {
  return (
    <table>
      <thead>
        <tr>
          {columns.map((column) =>
            typeof column === 'string' ? (
              <th scope="col">{column}</th>
            ) : (
              <th scope="col" class={column.looks}>
                {column.title}
              </th>
            ),
          )}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

/** A column of numbers. */
export function num(title: string): Column {
  return { title, looks: 'num' };
}
