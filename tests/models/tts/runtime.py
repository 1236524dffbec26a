"""CosyVoice's own runtime as its sources describe it, on loopback: a form in, bare samples out, no key asked for.

It stands in for the real one, which was never run here: FastAPI's description of itself, and 422 for a form that lacks
something.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response, get, route
from litestar.datastructures import UploadFile
from litestar.response import Stream

from tests.models.tts.server import TONE, served

_FIELDS = ("tts_text", "prompt_text", "prompt_wav")


class Runtime:
    def __init__(self, methods: tuple[str, ...]) -> None:
        self.url = ""
        self.methods = methods
        self.asked: list[dict[str, str]] = []
        self.recordings: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.is_endless = False
        self.fails = False
        self.has_lost_its_hearer = asyncio.Event()

    async def audio(self) -> AsyncIterator[bytes]:
        """Piece by piece as it is made, of any length."""
        try:
            yield TONE[:9_601]
            yield TONE[9_601:]
            while self.is_endless:
                yield TONE
                await asyncio.sleep(0)
        finally:
            self.has_lost_its_hearer.set()


@asynccontextmanager
async def cosyvoice_runtime(*methods: str) -> AsyncIterator[Runtime]:
    """``methods``: POST and GET, as its newer versions take; GET alone for an old one."""
    runtime = Runtime(methods or ("POST", "GET"))

    @route("/inference_zero_shot", http_method=list(runtime.methods), status_code=200)  # type: ignore[arg-type]
    async def speak(request: Request[Any, Any, Any]) -> Response[Any]:
        form = await request.form()
        missing = [field for field in _FIELDS if field not in form]
        recording = form.get("prompt_wav")
        if missing or not isinstance(recording, UploadFile):
            detail = [{"type": "missing", "loc": ["body", field]} for field in missing or ["prompt_wav"]]
            return Response({"detail": detail}, status_code=422)
        runtime.headers.append(dict(request.headers))
        runtime.asked.append({field: str(form[field]) for field in _FIELDS[:2]})
        runtime.recordings.append(await recording.read())
        if runtime.fails:
            return Response("Internal Server Error", media_type="text/plain", status_code=500)
        return Stream(runtime.audio(), media_type="application/octet-stream")

    @get("/openapi.json")
    async def described() -> dict[str, Any]:
        return {"openapi": "3.1.0", "paths": {"/inference_zero_shot": {each.lower(): {} for each in runtime.methods}}}

    async with served(Litestar([speak, described], openapi_config=None)) as runtime.url:
        yield runtime
