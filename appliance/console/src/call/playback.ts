/**
 * What is to be heard, in order: sound, and marks that are reached when all sound before them was taken. Pure.
 *
 * What waits can be thrown away at once. After a pause it begins when a little is there, so that a late frame of the
 * network is no gap.
 */

import { RATE } from "./capture";
import { Resampler } from "./resample";

/** So much is waited for after a pause, unless it is all there is. */
export const LEAD_S = 0.06;
/** The appliance sends less than a second ahead: who has more has not played for long. */
export const MOST_S = 30;

export class Playback {
  private readonly rate: number;
  private resampler: Resampler;
  private items: (Float32Array | string)[] = [];
  private waiting = 0;
  private offset = 0;
  private isFlowing = false;

  constructor(rate: number) {
    this.rate = rate;
    this.resampler = new Resampler(RATE, rate);
  }

  /** Seconds that wait. */
  get seconds(): number {
    return this.waiting / this.rate;
  }

  add(pcm: Int16Array): void {
    if (this.seconds > MOST_S) return;
    const samples = this.resampler.feed(Float32Array.from(pcm, (each) => each / 32_768));
    this.waiting += samples.length;
    this.items.push(samples);
  }

  mark(mark: string): void {
    this.items.push(mark);
  }

  flush(): void {
    this.items = [];
    this.waiting = this.offset = 0;
    this.isFlowing = false;
    this.resampler = new Resampler(RATE, this.rate);
  }

  /** Fills it, with silence where nothing is to be heard; the marks that were reached. */
  pull(out: Float32Array): string[] {
    out.fill(0);
    const reached: string[] = [];
    let filled = 0;
    this.isFlowing ||= this.seconds >= LEAD_S || this.items.some((item) => typeof item === "string");
    while (this.isFlowing) {
      const item = this.items[0];
      if (item === undefined) {
        this.isFlowing = false;
      } else if (typeof item === "string") {
        reached.push(item);
        this.items.shift();
      } else if (filled === out.length) {
        break;
      } else {
        filled += this.move(item, out, filled);
      }
    }
    return reached;
  }

  private move(item: Float32Array, out: Float32Array, filled: number): number {
    const part = item.subarray(this.offset, this.offset + out.length - filled);
    out.set(part, filled);
    this.offset += part.length;
    this.waiting -= part.length;
    if (this.offset === item.length) {
      this.items.shift();
      this.offset = 0;
    }
    return part.length;
  }
}
