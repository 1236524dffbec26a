/** Money and spans of time, as people read them. */

export function yuan(fen: number): string {
  const whole = Math.trunc(fen / 100);
  return `¥${String(whole)}.${String(Math.abs(fen % 100)).padStart(2, "0")}`;
}

/** Of an amount in yuan as somebody writes it; null: it is none. Exact: no arithmetic with fractions. */
export function fenOf(written: string): number | null {
  const found = /^(\d{1,7})(?:\.(\d{1,2}))?$/.exec(written.trim());
  if (found === null) return null;
  return Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0"));
}

export function minutesSince(at: string, now: number): number {
  return Math.max(0, Math.floor((now - new Date(at).getTime()) / 60_000));
}
