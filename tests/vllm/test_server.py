"""What the product counts on of vLLM, tried on the real server: forms are kept, limits are told, silence is noticed."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx
import msgspec
import pytest

from tests.vllm.server import VllmServer

pytestmark = pytest.mark.slow

ANSWERS = 40
SCHEMA = {
    "type": "object",
    "properties": {
        "commands": {
            "type": "array",
            "minItems": 1,
            "maxItems": 3,
            "items": {
                "type": "object",
                "properties": {
                    "type": {"enum": ["start_flow", "handoff", "affirm", "none"]},
                    "flow": {"enum": ["return_refund", "cancel_order"]},
                    "evidence": {"type": "string", "maxLength": 12},
                },
                "required": ["type", "flow", "evidence"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["commands"],
    "additionalProperties": False,
}
"""Every string bounded: what is not, a small model fills to the longest answer."""
AS_JSON = {"type": "json_schema", "json_schema": {"name": "commands", "schema": SCHEMA, "strict": True}}


class _Command(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["start_flow", "handoff", "affirm", "none"]
    flow: Literal["return_refund", "cancel_order"]
    evidence: Annotated[str, msgspec.Meta(max_length=12)]


class _Commands(msgspec.Struct, forbid_unknown_fields=True):
    commands: list[_Command]


def _asks(server: VllmServer, words: str = "我想退货", **more: Any) -> dict[str, Any]:
    return {"model": server.model, "messages": [{"role": "user", "content": words}], "max_tokens": 400, **more}


def _choice(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == httpx.codes.OK, answer.text
    choice: dict[str, Any] = answer.json()["choices"][0]
    return choice


def test_every_answer_keeps_the_schema(vllm_server: VllmServer) -> None:
    with vllm_server.client() as http:
        for seed in range(ANSWERS):
            asked = _asks(vllm_server, response_format=AS_JSON, temperature=1.0, seed=seed)
            choice = _choice(http.post("chat/completions", json=asked))
            assert choice["finish_reason"] == "stop"
            assert 1 <= len(msgspec.json.decode(choice["message"]["content"], type=_Commands).commands) <= 3


def test_between_the_tokens_of_an_answer_is_no_space(vllm_server: VllmServer) -> None:
    """A model may fill an answer with it, up to its longest length."""
    with vllm_server.client() as http:
        asked = _asks(vllm_server, response_format=AS_JSON, temperature=1.0, seed=1)
        content = _choice(http.post("chat/completions", json=asked))["message"]["content"]
    assert content.startswith('{"commands":[{"type":"')


def test_an_answer_that_was_cut_says_so_and_is_no_json(vllm_server: VllmServer) -> None:
    with vllm_server.client() as http:
        asked = _asks(vllm_server, response_format=AS_JSON, max_tokens=3)
        choice = _choice(http.post("chat/completions", json=asked))
    assert choice["finish_reason"] == "length"
    with pytest.raises(json.JSONDecodeError):
        json.loads(choice["message"]["content"])


def test_thinking_is_off_and_a_request_may_not_bring_its_own_template(vllm_server: VllmServer) -> None:
    """The template closes the thoughts before the answer begins; that is four tokens more in the prompt."""
    with vllm_server.client() as http:
        plain = http.post("chat/completions", json=_asks(vllm_server, max_tokens=1))
        thinking = http.post(
            "chat/completions",
            json=_asks(vllm_server, max_tokens=1, chat_template_kwargs={"enable_thinking": True}),
        )
        brought = http.post("chat/completions", json=_asks(vllm_server, max_tokens=1, chat_template="x"))
    assert plain.json()["usage"]["prompt_tokens"] > thinking.json()["usage"]["prompt_tokens"]
    assert brought.status_code == httpx.codes.BAD_REQUEST


def test_an_answer_arrives_in_pieces_and_ends(vllm_server: VllmServer) -> None:
    asked = _asks(vllm_server, max_tokens=40, stream=True, ignore_eos=True)
    with vllm_server.client() as http, http.stream("POST", "chat/completions", json=asked) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = [line.removeprefix("data: ") for line in answer.iter_lines() if line.startswith("data: ")]
    pieces = [json.loads(event)["choices"][0] for event in events[:-1]]
    assert events[-1] == "[DONE]"
    assert len(pieces) > 1
    assert pieces[-1]["finish_reason"] == "length"
    assert "".join(piece["delta"].get("content") or "" for piece in pieces)


def test_a_prompt_that_is_too_long_is_refused_and_the_server_goes_on(vllm_server: VllmServer) -> None:
    with vllm_server.client() as http:
        refused = http.post("chat/completions", json=_asks(vllm_server, "退货" * 20_000))
        assert refused.status_code == httpx.codes.BAD_REQUEST
        assert "16384" in refused.json()["error"]["message"]
        assert _choice(http.post("chat/completions", json=_asks(vllm_server, max_tokens=2)))


def test_a_schema_that_it_does_not_know_is_refused_and_not_ignored(vllm_server: VllmServer) -> None:
    asked = _asks(
        vllm_server, response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "no"}}}
    )
    with vllm_server.client() as http:
        assert http.post("chat/completions", json=asked).status_code == httpx.codes.BAD_REQUEST


def test_without_the_key_there_is_no_answer_below_v1(vllm_server: VllmServer) -> None:
    with vllm_server.client() as http:
        refused = http.post("chat/completions", json=_asks(vllm_server), headers={"Authorization": "Bearer other"})
    assert refused.status_code == httpx.codes.UNAUTHORIZED


def test_elsewhere_there_is_an_answer_without_the_key(vllm_server: VllmServer) -> None:
    """vLLM's way, and why its address has to guard it. Should this fail one day, say so in docs/models.md."""
    url = vllm_server.base_url.removesuffix("/v1") + "/invocations"
    with httpx.Client() as stranger:
        assert _choice(stranger.post(url, json=_asks(vllm_server, max_tokens=2), timeout=60))


def test_it_listens_on_this_machine_alone(vllm_server: VllmServer) -> None:
    assert _listening(vllm_server.pids) <= {"0100007F"}


def _listening(pids: list[int]) -> set[str]:
    """Hexadecimal addresses of TCP sockets that the processes wait on."""
    links = [path.readlink() for pid in pids for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()]
    inodes = {link.name.removeprefix("socket:[").removesuffix("]") for link in links if "socket:" in link.name}
    tables = [Path(f"/proc/{pids[0]}/net/{table}").read_text("ascii").splitlines()[1:] for table in ("tcp", "tcp6")]
    rows = [row.split() for table in tables for row in table]
    waiting = {row[1].partition(":")[0] for row in rows if row[3] == "0A" and row[9] in inodes}
    assert waiting
    return waiting


def test_what_customers_say_is_not_in_its_log(vllm_server: VllmServer) -> None:
    with vllm_server.client() as http:
        assert _choice(http.post("chat/completions", json=_asks(vllm_server, "独一无二的秘密话", max_tokens=2)))
    assert "独一无二" not in vllm_server.log
    assert "Application startup complete" in vllm_server.log


def test_stopped_it_does_not_answer_and_continued_it_does(vllm_server: VllmServer) -> None:
    """A hung server looks like this to whoever asks: connected, and silent until the deadline."""
    vllm_server.stop()
    try:
        with vllm_server.client(timeout_s=1.0) as http, pytest.raises(httpx.ReadTimeout):
            http.post("chat/completions", json=_asks(vllm_server, max_tokens=2))
    finally:
        vllm_server.go_on()
    with vllm_server.client() as http:
        assert _choice(http.post("chat/completions", json=_asks(vllm_server, max_tokens=2)))
