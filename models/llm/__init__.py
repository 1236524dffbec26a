"""Large language models behind the OpenAI protocol: one question with a schema, one answer, by a deadline."""
