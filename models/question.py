"""What is known of one question to a language model once it is over: figures and codes, no words."""

import msgspec


class Question(msgspec.Struct, frozen=True, kw_only=True):
    outcome: str
    """``answered``, or the code of the error."""
    took_us: int
    prompt_tokens: int | None = None
    answer_tokens: int | None = None
