/** Pictures before they are sent: what may be sent, and how it is made small enough. */

import { MOST_IMAGE_BYTES } from "../chat/api";

export const KINDS = ["image/jpeg", "image/png", "image/webp", "image/gif"];
const LONGEST_EDGE = 3000;
const QUALITY = 0.85;

export type Fit = { picture: Blob } | { flaw: "tooLarge" | "noPicture" };

/** The picture as it was taken, wherever it fits: it is evidence. Only what is too large is drawn again, smaller. */
export async function fit(picture: Blob): Promise<Fit> {
  if (!KINDS.includes(picture.type)) return { flaw: "noPicture" };
  if (picture.size <= MOST_IMAGE_BYTES) return { picture };
  try {
    const smaller = await redrawn(picture);
    return smaller !== null && smaller.size <= MOST_IMAGE_BYTES ? { picture: smaller } : { flaw: "tooLarge" };
  } catch {
    return { flaw: "noPicture" };
  }
}

async function redrawn(picture: Blob): Promise<Blob | null> {
  const bitmap = await createImageBitmap(picture);
  const scale = Math.min(1, LONGEST_EDGE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((done) => {
    canvas.toBlob(done, "image/jpeg", QUALITY);
  });
}
