/** What is shown, as a file for spreadsheets. No cell begins a formula, whatever words it holds. */

import type { Answer, Figure, Part, Report, Value } from "./api";

export interface Names {
  heads: string[];
  figure: (figure: Figure) => string;
  unit: (figure: Figure) => string;
  all: string;
  at: string;
  channel: string;
  shop: string;
  code: string;
  part: (figure: Figure, slice: "channel" | "shop" | "code", part: string) => string;
}

type Cell = string | Value;

/** So that spreadsheets read it as UTF-8. */
const MARK = "\uFEFF";
const FORMULA = /^[\s]*[=+\-@\t\r]/u;

export function csv(report: Report, figures: Figure[], names: Names): string {
  const answers = new Map(report.figures.map((each) => [each.key, each]));
  const rows = figures.flatMap((figure) => {
    const answer = answers.get(figure.key);
    return answer === undefined ? [] : rowsOf(figure, answer, report.steps, names);
  });
  return MARK + [names.heads, ...rows].map(line).join("");
}

export function line(cells: Cell[]): string {
  return `${cells.map(cell).join(",")}\r\n`;
}

function rowsOf(figure: Figure, answer: Answer, steps: string[], names: Names): Cell[][] {
  const head = [figure.key, names.figure(figure), names.unit(figure)];
  const parts = (slice: "channel" | "shop" | "code", found: Part[]): Cell[][] =>
    found.map((each) => [...head, names[slice], names.part(figure, slice, each.part), each.value, each.before]);
  return [
    [...head, names.all, "", answer.value, answer.before],
    ...answer.series.map((value, place) => [
      ...head,
      names.at,
      (steps[place] ?? "").replace("T", " "),
      value,
      answer.series_before[place] ?? null,
    ]),
    ...parts("channel", answer.channels),
    ...parts("shop", answer.shops),
    ...parts("code", answer.codes),
  ];
}

function cell(value: Cell): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
