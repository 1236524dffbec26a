"""Whatever writes into the log of a process: one JSON object a line, its reason kept, nobody's data in it."""

import json
import logging
import subprocess
import sys

import pytest

from appliance.web.log_format import JsonFormatter


def test_the_reason_of_a_foreign_line_is_kept_by_its_type() -> None:
    refused = ConnectionRefusedError("no entry for 13800138000")
    by_place = logging.makeLogRecord({"msg": "error connecting in %r: %s", "args": ("web", refused)})
    by_name = logging.LogRecord("z", 30, "z.py", 1, "failed: %(why)s", ({"why": refused},), None)

    for record in (by_place, by_name):
        line = json.loads(JsonFormatter().format(record))
        assert line["error"] == "ConnectionRefusedError"
        assert "13800138000" not in str(line)


def test_a_warning_is_a_line_like_any_other() -> None:
    code = (
        "import warnings\n"
        "from appliance.web import log_format\n"
        "log_format.install()\n"
        "warnings.warn('of 13800138000', RuntimeWarning)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr
    line = json.loads(said)
    assert (line["event"], line["warning"], line["place"]) == ("python.warning", "RuntimeWarning", "<string>:4")
    assert "13800138000" not in said


@pytest.mark.parametrize(
    "hostile",
    [
        "a\nb",
        "a\r\nb",
        "a\u2028b",
        "a\u2029b",
        "a\x85b",
        "\x1b[2J\x1b]0;x\x07",
        "\x9b31m",
        "\x7f",
        "\u202e",
        '"},{"',
        "\ud800",
    ],
)
def test_a_value_begins_no_line_and_commands_no_terminal(hostile: str) -> None:
    record = logging.makeLogRecord({"msg": "order.read", "reason": hostile, hostile: 1})
    line = JsonFormatter().format(record)
    assert line.isascii()
    assert line.isprintable()
    assert len(line.splitlines()) == 1
    assert json.loads(line)["reason"] == hostile
    assert json.loads(line)["event"] == "order.read"
