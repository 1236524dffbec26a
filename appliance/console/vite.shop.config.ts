import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

/** The demo's shop page. */
export default defineConfig({
  root: "src/shop",
  base: "/demo/assets/",
  plugins: [vue()],
  define: { __VUE_OPTIONS_API__: "false" },
  build: {
    outDir: "../../dist/shop",
    emptyOutDir: true,
    target: "es2022",
    reportCompressedSize: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    assetsDir: "",
  },
});
