import { defineConfig } from "vite";

/** What runs beside the sound of a call: one classic script, which the widget loads from the appliance when a customer calls. */
export default defineConfig({
  build: {
    outDir: "dist",
    emptyOutDir: false,
    target: "es2022",
    reportCompressedSize: false,
    lib: { entry: "src/call/worklet.ts", formats: ["iife"], name: "AftersalesAudio", fileName: () => "widget-audio.js" },
  },
});
