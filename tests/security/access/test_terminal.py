"""What a caller says of itself: only known words of it come into a record."""

import pytest

from security.access.model import terminal_from

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.6478.127 Safari/537.36"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (CHROME, "Linux Mozilla/5.0 Chrome/126.0.6478.127 Safari/537.36"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
        ("张伟 13912345678", "other"),
        ("curl/13912345678", "other"),
        ("13912345678 curl/8.5.0\r\nforged: line", "curl/8.5.0"),
        ("zhangwei@example.cn", "other"),
    ],
)
@pytest.mark.control("P-03", "M-19")
def test_nothing_but_known_programs_and_platforms_is_kept(said: str, kept: str) -> None:
    assert terminal_from(said) == kept
