/** Counts as a table: what stands in the rows, what in the columns, and sums of both. */

export interface Cross {
  columns: string[];
  rows: { name: string; counts: number[]; sum: number }[];
  sums: number[];
  sum: number;
}

export interface Count {
  row: string;
  column: string;
  count: number;
}

/** Rows and columns in the order in which they are first met. */
export function crossed(counts: readonly Count[]): Cross {
  const columns = [...new Set(counts.map(({ column }) => column))];
  const names = [...new Set(counts.map(({ row }) => row))];
  const rows = names.map((name) => {
    const own = counts.filter(({ row }) => row === name);
    return { name, counts: columns.map((column) => total(own.filter((each) => each.column === column))), sum: total(own) };
  });
  const sums = columns.map((column) => total(counts.filter((each) => each.column === column)));
  return { columns, rows, sums, sum: total(counts) };
}

function total(counts: readonly Count[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}
