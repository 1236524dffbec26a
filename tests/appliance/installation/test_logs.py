"""What the console shows of a log: masked whoever wrote it, bounded, and never a way to ask for a number."""

import json
from pathlib import Path

import pytest

from appliance.errors import NotFound
from appliance.installation import logs
from appliance.installation.logs import Level, LogPage, Logs, Wanted
from appliance.joints.masking import PersonalData
from tests.appliance.channels.staff.world import ANALYZER

PHONE = "13812345678"
ID_CARD = "11010519491231002X"
ALL = Wanted(Level.DEBUG, "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "log").mkdir()
    return tmp_path


@pytest.fixture
def shown(folder: Path) -> Logs:
    personal = PersonalData(ANALYZER, None, None)  # type: ignore[arg-type] # only its masking is asked for
    return Logs(folder, personal.mask)


def write(folder: Path, *lines: str, name: str = "web-1") -> None:
    with (folder / "log" / f"{name}.log").open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def line(number: int, level: str = "info", **values: object) -> str:
    said = {"at": f"2026-11-26T08:00:{number:02}Z", "level": level, "logger": "x", "event": f"happened.n{number}"}
    return json.dumps({**said, **values})


def texts(page: LogPage) -> list[str]:
    return [each.text for each in page.lines]


@pytest.mark.control("P-15")
@pytest.mark.parametrize(
    "written",
    [
        line(1, told=f"call {PHONE}"),
        line(1, phone=int(PHONE)),
        line(1, inside={"deep": [f"电话{PHONE}，身份证{ID_CARD}"]}),
        line(1, escaped="电话" + PHONE).encode("unicode_escape").decode().replace("\\\\", "\\"),
        f"Traceback: ValueError: {PHONE}",
        f'2026-11-26 08:00:00.000 UTC [812] web-1 ERROR:  invalid input syntax for type uuid: "{PHONE}"',
        f"x{'长' * 3_970} {PHONE} {ID_CARD}",
        "\N{FULLWIDTH DIGIT ONE}3812345678",
    ],
)
async def test_no_personal_value_is_shown_whoever_wrote_the_line(folder: Path, shown: Logs, written: str) -> None:
    write(folder, written)
    [text] = texts(await shown.page("web-1", ALL, None, 50))
    assert "3812345678" not in text
    assert "110105" not in text


async def test_a_search_looks_at_what_is_shown_and_tells_nothing_of_what_is_not(folder: Path, shown: Logs) -> None:
    write(folder, line(1, told=f"call {PHONE}"), line(2, told="nothing"))
    assert texts(await shown.page("web-1", Wanted(Level.DEBUG, PHONE), None, 50)) == []
    assert len(texts(await shown.page("web-1", Wanted(Level.DEBUG, "HAPPENED.N1"), None, 50))) == 1


async def test_pages_go_back_through_a_log_without_gap_or_repetition(
    folder: Path, shown: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MOST_BYTES", 400)
    monkeypatch.setattr(logs, "MOST_LINES", 3)
    write(folder, *(line(number) for number in range(20)))
    seen: list[str] = []
    page = await shown.page("web-1", ALL, None, 2)
    seen += [each.at for each in page.lines]
    while page.cursor is not None:
        page = await shown.page("web-1", ALL, page.cursor, 2)
        seen += [each.at for each in page.lines]
    assert seen == [f"2026-11-26T08:00:{number:02}Z" for number in reversed(range(20))]


async def test_a_line_longer_than_a_look_hides_no_older_one(
    folder: Path, shown: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MOST_BYTES", 400)
    write(folder, line(1), "y" * 2_000, line(2))
    ats, cursor = [], None
    while True:
        page = await shown.page("web-1", ALL, cursor, 50)
        ats += [each.at for each in page.lines if each.at]
        cursor = page.cursor
        if cursor is None:
            break
    assert ats == ["2026-11-26T08:00:02Z", "2026-11-26T08:00:01Z"]


async def test_only_what_is_bad_enough_is_shown(folder: Path, shown: Logs) -> None:
    write(folder, line(1), line(2, "warning"), line(3, "error"), line(4, "no such level"))
    page = await shown.page("web-1", Wanted(Level.WARNING, ""), None, 50)
    assert [each.level for each in page.lines] == [Level.ERROR, Level.WARNING]


async def test_lines_of_postgresql_have_their_time_and_level(folder: Path, shown: Logs) -> None:
    write(folder, "2026-11-26 08:00:00.123 UTC [812] appliance-web FATAL:  terminating connection", name="postgres")
    [found] = (await shown.page("postgres", ALL, None, 50)).lines
    assert (found.at, found.level) == ("2026-11-26T08:00:00.123Z", Level.ERROR)
    assert "terminating connection" in found.text


async def test_whoever_follows_a_log_gets_each_line_once_when_it_is_whole(folder: Path, shown: Logs) -> None:
    write(folder, line(1))
    [file] = shown.files()
    write(folder, line(2))
    with (folder / "log" / "web-1.log").open("a") as half:
        half.write(line(3)[:20])
    first = await shown.new("web-1", ALL, file.bytes)
    with (folder / "log" / "web-1.log").open("a") as rest:
        rest.write(line(3)[20:] + "\n")
    second = await shown.new("web-1", ALL, first.end)
    assert [[each.at[-3:] for each in found.lines] for found in (first, second)] == [["02Z"], ["03Z"]]
    assert not first.has_gap


async def test_a_log_that_was_cut_is_followed_from_its_new_beginning(folder: Path, shown: Logs) -> None:
    write(folder, *(line(number) for number in range(5)))
    end = shown.files()[0].bytes
    (folder / "log" / "web-1.log").write_text(line(9) + "\n")
    assert [each.at[-3:] for each in (await shown.new("web-1", ALL, end)).lines] == ["09Z"]


async def test_more_than_one_look_reads_is_said(folder: Path, shown: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_LINES", 2)
    write(folder, *(line(number) for number in range(5)))
    found = await shown.new("web-1", ALL, 0)
    assert ([each.at[-3:] for each in found.lines], found.has_gap) == (["03Z", "04Z"], True)


@pytest.mark.parametrize("name", ["worker", "../secrets/audit", "", "web-1.log"])
async def test_there_are_the_logs_of_the_processes_and_no_other_file(folder: Path, shown: Logs, name: str) -> None:
    write(folder, line(1))
    (folder / "log" / "notes.txt").write_text("x")
    assert [each.name for each in shown.files()] == ["web-1"]
    with pytest.raises(NotFound):
        await shown.page(name, ALL, None, 50)
