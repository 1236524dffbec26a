import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

/** The console: rooms are fetched as they are entered; nothing is inlined, because the page's policy allows nothing inline. */
export default defineConfig({
  root: "src/console",
  base: "/console/",
  plugins: [vue()],
  define: { __VUE_OPTIONS_API__: "true", __VUE_PROD_DEVTOOLS__: "false" },
  build: {
    outDir: "../../dist/console",
    emptyOutDir: true,
    target: "es2022",
    reportCompressedSize: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
    modulePreload: { polyfill: false },
  },
});
