/** Names and values as a Markdown table, as the Temporal Web UI shows it under "current details". */
export function detailsTable(rows: Iterable<readonly [name: string, value: string | number]>) {
  const lines = [...rows].map(([name, value]) => `| ${name} | ${literally(String(value))} |`);
  return ['| | |', '|---|---|', ...lines].join('\n');
}

/** Names of files and words of libraries are text, whatever Markdown would make of them. */
function literally(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_[\]<>|~]/g, '\\$&');
}
