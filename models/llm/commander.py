"""The language model as a command model: asked once, and once more with what was wrong where time is left."""

import asyncio
from collections.abc import Sequence
from typing import Final

from models.commands import Command, Context, Nothing, Prediction
from models.errors import AnswerUnusable, ModelError, ModelLate
from models.llm.client import Chat
from models.llm.prompt import Prompt, SlotsOf, fenced
from models.llm.reading import read
from models.llm.schema import MOST_TOKENS, commands_schema
from models.question import Question

CONFIDENCE: Final = 0.8
"""Its answers carry no figure of their own that means anything: how often whole cases of suites come out right."""
_UNSURE: Final = 0.4
_LONGEST_COMPLAINT: Final = 300


class LanguageModel:
    """``models.commands.RemoteCommandModel``"""

    def __init__(self, chat: Chat, slots_of: SlotsOf, *, deadline_s: float) -> None:
        self._chat = chat
        self._prompt = Prompt(slots_of)
        self._schema = commands_schema()
        self._deadline_s = deadline_s

    async def predict(self, text: str, context: Context) -> Prediction:
        """Raises ModelError; never later than the deadline."""
        questions: list[Question] = []
        try:
            commands = await self._commands(text, context, questions)
        except ModelError as error:
            error.questions = tuple(questions)
            raise
        return Prediction(commands=commands, confidence=_confidence(commands), questions=tuple(questions))

    async def _commands(self, text: str, context: Context, questions: list[Question]) -> tuple[Command, ...]:
        clock = asyncio.get_running_loop().time
        until = clock() + self._deadline_s
        messages = self._prompt.messages(text, context)
        answer = await self._ask(messages, until - clock(), questions)
        try:
            return read(answer, text, context)
        except AnswerUnusable as wrong:
            left = until - clock()
            if left <= 0:
                raise ModelLate("no time is left to ask again") from wrong
            return read(await self._ask([*messages, *_repair(answer, wrong)], left, questions), text, context)

    async def _ask(self, messages: Sequence[dict[str, str]], within_s: float, questions: list[Question]) -> str:
        return await self._chat.ask(
            messages, self._schema, max_tokens=MOST_TOKENS, within_s=within_s, watch=questions.append
        )


def _repair(answer: str, wrong: AnswerUnusable) -> list[dict[str, str]]:
    return [
        {"role": "assistant", "content": fenced(answer)},
        {
            "role": "user",
            "content": f"这个回答有误：{fenced(str(wrong))[:_LONGEST_COMPLAINT]}。请只改正，再输出一次 JSON。",
        },
    ]


def _confidence(commands: tuple[Command, ...]) -> float:
    return _UNSURE if all(isinstance(command, Nothing) for command in commands) else CONFIDENCE
