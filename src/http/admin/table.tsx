import type { Child } from 'hono/jsx';

/** Its title, or how it looks too: numbers stand right, and bars need room. */
export type Column = string | { title: string; looks: 'num' | 'wide' };

interface ScrollTableProps {
  /** Id of the heading that says what it is, or where there is none the words. */
  labelledby?: string;
  label?: string;
  columns: Column[];
  /** Its rows. */
  children?: Child;
}

/** Where the screen is too narrow for it the table scrolls, by keyboard too, and not the page. */
export function ScrollTable({ labelledby, label, columns, children }: ScrollTableProps) {
  return (
    <div class="scroll" role="region" aria-labelledby={labelledby} aria-label={label} tabindex={0}>
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
