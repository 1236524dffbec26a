/** Which steps somebody has skipped for a shop. What is done is known from the appliance; this alone is the browser's. */

import { ref } from "vue";

const PREFIX = "aftersales-console:skipped:";

export function useSkipped() {
  const steps = ref<string[]>([]);
  let key = "";

  function of(shop: string): void {
    key = PREFIX + shop;
    steps.value = (read(key) ?? "").split(" ").filter(Boolean);
  }

  function skip(step: string): void {
    steps.value = [...new Set([...steps.value, step])];
    write(key, steps.value.join(" "));
  }

  return { steps, of, skip };
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser that keeps nothing shows skipped steps as open again.
  }
}
