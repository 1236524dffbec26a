/**
 * From one sample rate to another, as the sound comes: for each output sample the windowed sinc at its place between
 * the input samples. The browser's own context cannot be asked for the rate: some give another one than the microphone's.
 */

/** Zero crossings of the sinc on each side: the delay, and the steepness. */
const CROSSINGS = 12;
/** Share of the smaller band that passes; the rest is for the slope. */
const PASS = 0.92;
const BETA = 8;

export class Resampler {
  private readonly up: number;
  private readonly down: number;
  private readonly rows: Float32Array[];
  private readonly taps: number;
  private past: Float32Array;
  /** Place of the next output sample, in 1/up input samples since the first one that is not in the past. */
  private next = 0;

  constructor(from: number, to: number) {
    const common = divisor(from, to);
    this.up = to / common;
    this.down = from / common;
    this.rows = bank(this.up, this.down);
    this.taps = this.rows[0]?.length ?? 1;
    this.past = new Float32Array(this.taps - 1);
  }

  feed(samples: Float32Array): Float32Array {
    if (this.up === this.down) return samples;
    const known = new Float32Array(this.past.length + samples.length);
    known.set(this.past);
    known.set(samples, this.past.length);
    const end = samples.length * this.up;
    const count = Math.max(0, Math.ceil((end - this.next) / this.down));
    const out = new Float32Array(count);
    for (let at = 0; at < count; at += 1) {
      const place = this.next + at * this.down;
      const row = this.rows[place % this.up];
      const from = Math.floor(place / this.up);
      let sum = 0;
      for (let tap = 0; tap < this.taps; tap += 1) sum += (known[from + tap] ?? 0) * (row?.[tap] ?? 0);
      out[at] = sum;
    }
    this.next += count * this.down - end;
    this.past = known.slice(known.length - this.taps + 1);
    return out;
  }
}

function divisor(one: number, other: number): number {
  return other === 0 ? one : divisor(other, one % other);
}

/** One row of taps for each place between two input samples; each sums to one. */
function bank(up: number, down: number): Float32Array[] {
  const band = Math.min(1, up / down) * PASS;
  const half = Math.ceil(CROSSINGS / Math.min(1, up / down));
  return Array.from({ length: up }, (_, place) => {
    const row = Float64Array.from({ length: 2 * half }, (_, tap) => {
      const lag = half - 1 - tap + place / up;
      return sinc(band * lag) * kaiser(lag / half);
    });
    const whole = row.reduce((sum, each) => sum + each, 0);
    return Float32Array.from(row, (each) => each / whole);
  });
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) > 1 ? 0 : bessel(BETA * Math.sqrt(1 - x * x)) / bessel(BETA);
}

/** The modified Bessel function of the first kind, of order 0, by its series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let n = 1; term > sum * 1e-10; n += 1) {
    term *= (x / (2 * n)) ** 2;
    sum += term;
  }
  return sum;
}
