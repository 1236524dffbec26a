/** What a recording looks like: how loud each side is, in as many steps as there is room for. Pure. */

const HEADER_BYTES = 12;
const FULL_SCALE = 32768;

export interface Sound {
  rateHz: number;
  channels: number;
  /** Samples of all channels in turn. */
  samples: Int16Array;
}

/** Of a WAV file of 16 bits; null where it is none. */
export function soundOf(file: ArrayBuffer): Sound | null {
  const view = new DataView(file);
  if (file.byteLength < HEADER_BYTES || word(view, 0) !== "RIFF" || word(view, 8) !== "WAVE") return null;
  let rateHz = 0;
  let channels = 0;
  for (let at = HEADER_BYTES; at + 8 <= file.byteLength; ) {
    const [name, size] = [word(view, at), view.getUint32(at + 4, true)];
    const begin = at + 8;
    if (name === "fmt ") {
      if (view.getUint16(begin + 14, true) !== 16) return null;
      channels = view.getUint16(begin + 2, true);
      rateHz = view.getUint32(begin + 4, true);
    } else if (name === "data" && channels > 0) {
      const bytes = Math.min(size, file.byteLength - begin);
      return { rateHz, channels, samples: new Int16Array(file.slice(begin, begin + bytes - (bytes % 2))) };
    }
    at = begin + size + (size % 2);
  }
  return null;
}

/** The loudest of each step of one channel, between 0 and 1. */
export function peaks(sound: Sound, channel: number, steps: number): number[] {
  const { samples, channels } = sound;
  const frames = Math.floor(samples.length / channels);
  const found: number[] = [];
  for (let step = 0; step < steps; step += 1) {
    const until = Math.floor((frames * (step + 1)) / steps);
    let loudest = 0;
    for (let frame = Math.floor((frames * step) / steps); frame < until; frame += 1) {
      loudest = Math.max(loudest, Math.abs(samples[frame * channels + channel] ?? 0));
    }
    found.push(loudest / FULL_SCALE);
  }
  return found;
}

function word(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((byte) => view.getUint8(at + byte)));
}
