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

export function download(name: string, content: string | Blob): void {
  const url = URL.createObjectURL(typeof content === "string" ? new Blob([content], { type: "text/plain" }) : content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
