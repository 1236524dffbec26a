/** Figures as people read them, by what their names say of their unit. */

const SIZES = ["B", "KB", "MB", "GB", "TB"];
const SPANS: [string, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

export function size(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power > 0 && value < 100 ? value.toFixed(1) : String(Math.round(value))} ${SIZES[power] ?? ""}`;
}

/** In the largest unit of which there is a whole one. */
export function span(seconds: number, locale: string): string {
  const [unit, length] = SPANS.find(([, each]) => seconds >= each) ?? ["second", 1];
  const options = { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(locale, options).format(Math.floor(seconds / length));
}

export function figure(name: string, value: number, locale: string): string {
  if (name.endsWith("_bytes")) return size(value);
  if (name.endsWith("_s")) return span(value, locale);
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(value);
}

/** That nothing has waited is said by how many wait. */
export function isNoTime(name: string, value: number): boolean {
  return name.endsWith("_s") && value < 1 && !name.endsWith("_ago_s");
}
