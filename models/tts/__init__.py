"""Speech out: written Chinese is read as a person would, and spoken by an engine behind OpenAI's speech protocol."""
