import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

/** The chat widget: one classic script with everything in it, which a shop's page includes by one tag. */
export default defineConfig({
  plugins: [vue()],
  define: {
    "process.env.NODE_ENV": JSON.stringify("production"),
    __VUE_OPTIONS_API__: "false",
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
  },
  build: {
    outDir: "dist",
    emptyOutDir: false,
    target: "es2022",
    reportCompressedSize: false,
    lib: { entry: "src/widget/main.ts", formats: ["iife"], name: "AftersalesWidget", fileName: () => "widget.js" },
  },
});
