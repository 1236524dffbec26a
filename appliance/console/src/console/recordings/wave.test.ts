import { describe, expect, it } from "vitest";

import { peaks, soundOf } from "./wave";

/** Two channels at 8 kHz, with a chunk before the samples that no player knows. */
function wav(samples: number[]): ArrayBuffer {
  const extra = 6;
  const file = new ArrayBuffer(12 + 24 + 8 + extra + 8 + samples.length * 2);
  const view = new DataView(file);
  const write = (at: number, text: string): void => {
    for (const [place, char] of [...text].entries()) view.setUint8(at + place, char.charCodeAt(0));
  };
  write(0, "RIFF");
  write(8, "WAVE");
  write(12, "fmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 2, true);
  view.setUint32(24, 8000, true);
  view.setUint16(34, 16, true);
  write(36, "AIGC");
  view.setUint32(40, extra, true);
  write(44 + extra, "data");
  view.setUint32(48 + extra, samples.length * 2, true);
  samples.forEach((sample, place) => {
    view.setInt16(52 + extra + place * 2, sample, true);
  });
  return file;
}

describe("the sound of a file", () => {
  it("is found behind its label", () => {
    const sound = soundOf(wav([1, -2, 3, -4]));
    expect(sound && [sound.rateHz, sound.channels, [...sound.samples]]).toEqual([8000, 2, [1, -2, 3, -4]]);
  });

  it("is none of something else, and none of a file that was cut off before it", () => {
    expect(soundOf(new ArrayBuffer(4))).toBeNull();
    expect(soundOf(new TextEncoder().encode("nothing of the kind here").buffer)).toBeNull();
    expect(soundOf(wav([1, 2]).slice(0, 40))).toBeNull();
  });
});

describe("how loud a side is", () => {
  const sound = soundOf(wav([16384, 0, -32768, 0, 0, 8192, 0, 0]));

  it("is the loudest of each step, of that side only", () => {
    expect(sound && peaks(sound, 0, 2)).toEqual([1, 0]);
    expect(sound && peaks(sound, 1, 2)).toEqual([0, 0.25]);
  });

  it("has more steps than samples where there is room", () => {
    expect(sound && peaks(sound, 0, 8).length).toBe(8);
  });
});
