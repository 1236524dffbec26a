/** How much of a long conversation stands on the page: a stretch that moves with whoever reads. Pure. */

export const MOST_LINES = 300;
export const STEP_LINES = 150;

/** Lines from `from` up to, not including, `to`. */
export interface Stretch {
  from: number;
  to: number;
}

export function atEnd(total: number): Stretch {
  return { from: Math.max(0, total - MOST_LINES), to: total };
}

export function earlier({ from }: Stretch): Stretch {
  const begins = Math.max(0, from - STEP_LINES);
  return { from: begins, to: begins + MOST_LINES };
}

export function later({ to }: Stretch, total: number): Stretch {
  const ends = Math.min(total, to + STEP_LINES);
  return { from: Math.max(0, ends - MOST_LINES), to: ends };
}

/** After lines were added: who follows sees the newest, who reads elsewhere stays where he is. */
export function grown(shown: Stretch, total: number, isFollowing: boolean): Stretch {
  if (isFollowing || total <= MOST_LINES) return atEnd(total);
  return { from: shown.from, to: Math.min(total, shown.from + MOST_LINES) };
}
