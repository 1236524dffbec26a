/** Colours that a shop chooses, and whether black or white can be read on them. */

export function isColour(text: string): boolean {
  return /^#[0-9a-f]{6}$/i.test(text);
}

/** Of the two, the one with more contrast (WCAG 2). */
export function onColour(colour: string): string {
  const light = luminance(colour);
  return (1 + 0.05) / (light + 0.05) >= (light + 0.05) / 0.05 ? "#ffffff" : "#14171c";
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
