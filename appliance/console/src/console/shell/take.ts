/** What somebody takes away from a page: to the clipboard, or as a file. */

import { ElMessage } from "element-plus";

import { w } from "../words";

export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    ElMessage.success({ message: w.value.common.copied, grouping: true });
  } catch {
    ElMessage.error(w.value.common.notCopied);
  }
}

export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
