SwaggerUIBundle({
  url: "/api/docs/openapi-3.0.json",
  dom_id: "#documentation",
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
