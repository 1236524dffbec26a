/** Money and spans of time, as people read them. */

export function yuan(fen: number): string {
  const whole = Math.trunc(fen / 100);
  return `¥${String(whole)}.${String(Math.abs(fen % 100)).padStart(2, "0")}`;
}

export function minutesSince(at: string, now: number): number {
  return Math.max(0, Math.floor((now - new Date(at).getTime()) / 60_000));
}
