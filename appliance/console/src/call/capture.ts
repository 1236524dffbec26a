/** What a microphone gives, cut into frames of 20 milliseconds as a call takes them. Pure. */

import { Resampler } from "./resample";

export const RATE = 16_000;
export const FRAME = (RATE * 20) / 1000;

export interface Frame {
  /** 16-bit samples. */
  pcm: Int16Array<ArrayBuffer>;
  /** How loud it is, from 0 to 1: what a meter shows. */
  level: number;
}

export class Capture {
  private readonly resampler: Resampler;
  private frame = new Int16Array(FRAME);
  private filled = 0;
  private energy = 0;

  constructor(rate: number) {
    this.resampler = new Resampler(rate, RATE);
  }

  /** The frames that are full now. */
  feed(samples: Float32Array): Frame[] {
    const frames: Frame[] = [];
    for (const sample of this.resampler.feed(samples)) {
      const bounded = Math.max(-1, Math.min(1, sample));
      this.frame[this.filled] = Math.round(bounded * (bounded < 0 ? 32_768 : 32_767));
      this.energy += bounded * bounded;
      this.filled += 1;
      if (this.filled === FRAME) frames.push(this.take());
    }
    return frames;
  }

  private take(): Frame {
    const full = { pcm: this.frame, level: levelOf(Math.sqrt(this.energy / FRAME)) };
    this.frame = new Int16Array(FRAME);
    this.filled = this.energy = 0;
    return full;
  }
}

/** Of the root mean square: 50 decibels below full scale is nothing, full scale is all. */
export function levelOf(rms: number): number {
  return rms <= 0 ? 0 : Math.max(0, Math.min(1, 1 + (20 * Math.log10(rms)) / 50));
}
