"""When, whom and how often: pure rules, and what somebody answers to "is this a good moment"."""

from datetime import datetime, time

import msgspec
import pytest

from appliance.clock import SHANGHAI
from appliance.outbound.model import CallState, Manners, Outcome
from appliance.outbound.opening import Answer, OpeningWords
from appliance.outbound.refusal import SILENT, Refusal
from appliance.outbound.rules import after, dialable, is_quiet, may_ring, outcome_of, wished_at

WORDS = OpeningWords.load()
WEEKDAY = datetime(2026, 11, 23, 12, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [("08:59", True), ("09:00", False), ("12:00", False), ("20:59", False), ("21:00", True), ("03:00", True)],
)
def test_the_night_is_quiet(clock: str, quiet: bool) -> None:
    at = datetime.combine(WEEKDAY.date(), time.fromisoformat(clock), tzinfo=SHANGHAI)
    assert is_quiet(at, Manners(shops=(), purposes=())) is quiet


@pytest.mark.parametrize(
    ("clock", "may"),
    [
        ("08:59:59", False),
        ("09:00:00", True),
        ("20:58:44", True),  # 45 s until it rings, and 30 s of ringing
        ("20:58:45", False),
        ("20:59:59", False),
        ("21:00:00", False),
    ],
)
def test_nobody_is_rung_so_late_that_it_could_ring_into_the_night(clock: str, may: bool) -> None:
    at = datetime.combine(WEEKDAY.date(), time.fromisoformat(clock), tzinfo=SHANGHAI)
    assert may_ring(at, Manners(shops=(), purposes=(), ring_s=30)) is may


def test_nobody_is_rung_into_a_quiet_day_that_begins_at_midnight() -> None:
    at = datetime(2026, 11, 23, 23, 59, tzinfo=SHANGHAI)
    awake = Manners(shops=(), purposes=(), quiet_from=time(9), quiet_until=time(9))
    assert may_ring(at, awake)
    assert not may_ring(at, msgspec.structs.replace(awake, quiet_days=frozenset({"2026-11-24"})))


def test_the_same_hour_twice_is_no_night() -> None:
    manners = Manners(shops=(), purposes=(), quiet_from=time(9), quiet_until=time(9))
    assert not is_quiet(WEEKDAY, manners)


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("13800138000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("0571-88886666", "057188886666"),
        ("110", None),
        ("0012025550123", None),
        ("138****8000", None),
        ("13800138000;rm", None),
    ],
)
def test_a_mobile_and_a_landline_can_be_dialled_and_nothing_else(given: str, number: str | None) -> None:
    assert dialable(given) == number


@pytest.mark.parametrize(
    ("outcome", "attempts", "state"),
    [
        (Outcome.TALKED, 1, CallState.REACHED),
        (Outcome.OPTED_OUT, 1, CallState.GIVEN_UP),
        (Outcome.WRONG_PERSON, 1, CallState.GIVEN_UP),
        (Outcome.NO_NUMBER, 1, CallState.GIVEN_UP),
        *(
            (each, 1, CallState.WAITING)
            for each in (Outcome.BUSY, Outcome.MACHINE, Outcome.STAND_IN, Outcome.NOT_NOW, Outcome.HUNG_UP)
        ),
        (Outcome.BUSY, 3, CallState.GIVEN_UP),
    ],
)
def test_what_follows_from_how_it_ended(outcome: Outcome, attempts: int, state: CallState) -> None:
    found, due_at = after(outcome, attempts, WEEKDAY, Manners(shops=(), purposes=()))
    assert found is state
    assert (due_at is not None) is (state is CallState.WAITING)


def test_what_the_dialplan_does_not_name_is_left_to_the_call() -> None:
    assert [outcome_of(said) for said in ("ANSWER", "", "busy")] == [None, None, Outcome.BUSY]


def test_what_came_too_late_for_the_dialplan_has_rung_nobody() -> None:
    assert outcome_of("LATE") is Outcome.NOT_PLACED


@pytest.mark.parametrize("said", ["any", "", None, "2026-11-22T15:00:00", "tomorrow"])
def test_a_time_that_is_none_is_any_time(said: str | None) -> None:
    assert wished_at({"callback_time": said}) is None


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("方便，你说", Answer.YES),
        ("嗯，可以的", Answer.YES),
        ("好", Answer.YES),
        ("喂，你好", Answer.YES),
        ("不方便", Answer.NOT_NOW),
        ("我在开会呢", Answer.NOT_NOW),
        ("晚点再打吧", Answer.NOT_NOW),
        ("别再打了", Answer.REFUSES),
        ("你们不要再打电话来了", Answer.REFUSES),
        ("你打错了", Answer.WRONG_PERSON),
        ("您找谁", Answer.WRONG_PERSON),
        ("喂，请问您找哪位", Answer.WRONG_PERSON),
        ("找谁啊", Answer.WRONG_PERSON),
        ("找谁处理，让他联系我", Answer.MATTER),
        ("这件事我该找谁", Answer.MATTER),
        ("请问我的问题找哪位解决", Answer.MATTER),
        ("他不在", Answer.STAND_IN),
        ("他现在不方便接电话", Answer.STAND_IN),
        ("我是他老婆", Answer.STAND_IN),
        ("我是他老婆，你说吧", Answer.STAND_IN),
        ("我是他的私人助理，请问什么事", Answer.STAND_IN),
        ("我是他同事，他去上班了", Answer.STAND_IN),
        ("我爸不在家", Answer.STAND_IN),
        ("张总不在，你晚点打", Answer.STAND_IN),
        ("我买给我妈的，她不在家收不了", Answer.MATTER),
        ("我是他女儿，他买的血压计不准", Answer.MATTER),
        ("我是他老婆，我们要退那双鞋", Answer.MATTER),
        ("喂您好，这里是前台，请问您找谁", Answer.STAND_IN),
        ("喂，前台，您找哪位", Answer.STAND_IN),
        ("你好，华丰大厦总机", Answer.STAND_IN),
        ("主人现在不方便，有什么事我可以转达", Answer.STAND_IN),
        ("要我帮您转告吗", Answer.STAND_IN),
        ("您好我是小爱，请问有什么事", Answer.MACHINE),
        ("您好，我是手机主人的智能助理", Answer.MACHINE),
        ("您好，请说明来意", Answer.MACHINE),
        ("您好，我是您拨打用户的通话助理", Answer.MACHINE),
        ("我是代接的", Answer.MACHINE),
        ("我买的小爱音箱坏了", Answer.MATTER),
        ("我是小爱音箱坏了", Answer.MATTER),
        ("你好，我是手机助手用不了", Answer.MATTER),
        ("快递放公司前台了", Answer.MATTER),
        ("我是在公司前台收的货", Answer.MATTER),
        ("帮我转告你们经理", Answer.MATTER),
        ("快递说他不在这个区", Answer.MATTER),
        ("本人现在不方便", Answer.NOT_NOW),
        ("怎么又打来了，烦死了", Answer.DOUBTFUL),
        ("不接你们的电话", Answer.REFUSES),
        ("我要退那双鞋，尺码不合适", Answer.MATTER),
        ("转人工，我要找人工客服", Answer.MATTER),
        ("方便我明天要出门你快说", Answer.YES),
        ("方便不用等你说吧", Answer.YES),
        ("我在开会，你快说吧", Answer.YES),
        ("我一会儿要出门，你快点说", Answer.YES),
        ("我正在通话中，等一下", Answer.NOT_NOW),
        ("您好，我是机主的智能秘书", Answer.MACHINE),
        ("不方便，晚点再说吧", Answer.NOT_NOW),
        ("明天下午吧", Answer.NOT_NOW),
        ("不用了，谢谢", Answer.NOT_NOW),
        ("我要退货", Answer.MATTER),
        ("查物流", Answer.MATTER),
        ("方便，那件裙子我没拆过不要打开包装就可以退对吧", Answer.MATTER),
        ("快递说明天送到，可我不想要了", Answer.MATTER),
        ("以后不要再给我打电话了", Answer.REFUSES),
        ("我是他秘书别再打了", Answer.REFUSES),
        ("现在别打给我", Answer.DOUBTFUL),
        ("啥", Answer.UNCLEAR),
        ("", Answer.UNCLEAR),
        ("您好，您拨打的用户暂时无法接听，请在嘀声后留言", Answer.MACHINE),
        ("您好我现在没有办法接听您的来电请您稍后再拨或者给我发信息我会尽快回复", Answer.MACHINE),
    ],
)
def test_what_an_answer_means(said: str, answer: Answer) -> None:
    assert WORDS.answer(said, "", is_first=True) is answer


@pytest.mark.parametrize(
    "said",
    [
        "您呼叫的用户正在通话中",
        "您呼叫的用户暂时不方便接听，请在哔声后留言",
        "暂时不方便接听，请在哔的一声后留言",
        "您的电话已被转接到留言箱",
        "您的来电将自动转接",
        "此号码暂停服务",
        "您拨的号码是空号，请核对后再拨",
        "用户正忙",
        "用户正在使用来电助手",
        "用户已设置免打扰",
        "对方已开启勿扰模式",
        "您好，我是机主的AI助理",
        "智能秘书为您接听",
        "AI助理正在为您服务",
        "Sorry, the number you dialed is powered off",
        "我现在不方便接电话，快递请放驿站",
    ],
)
def test_networks_and_assistants_are_machines(said: str) -> None:
    assert WORDS.answer(said, "", is_first=True) is Answer.MACHINE


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("我是老用户已经买了三次", Answer.MATTER),
        ("你们给的快递员的号码是空号", Answer.MATTER),
        ("我买的AI助手没有声音", Answer.MATTER),
        ("我就是机主，你说吧", Answer.YES),
    ],
)
def test_a_person_may_use_words_of_machines(said: str, answer: Answer) -> None:
    assert WORDS.answer(said, "", is_first=True) is answer


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("可以，你说吧，我正好想问问我那个退款到底怎么样了为什么还没有到", Answer.MATTER),
        ("我要投诉你们，退款退了半个月了都没有到账你们到底什么意思啊", Answer.MATTER),
        ("我之前买的那个杯子收到的时候盖子是裂开的想问一下到底怎么处理", Answer.MATTER),
        ("可以可以，正好我也想问问你们，那个事情到底弄得怎么样了怎么没消息", Answer.MATTER),
        ("我一会儿要出门了现在手上还有点事情你要说什么就赶紧快点说吧", Answer.YES),
        ("你打错了吧，我从来没有在你们那里下过什么单，你们是不是搞错了人啊", Answer.WRONG_PERSON),
        ("对不起，我现在暂时没有办法接您的来电，有事情请发信息给我，我看到后回复您", Answer.MACHINE),
        ("您好，方便的话请您把姓名和要说的事情告诉我，我看到之后会尽快联系您的", Answer.MACHINE),
    ],
)
def test_a_long_first_answer_is_a_machines_unless_it_answers(said: str, answer: Answer) -> None:
    """Who was asked says yes, that it is not him, or what he wants; a recording says none of these."""
    assert len(SILENT.sub("", said)) >= WORDS.long_characters
    assert WORDS.answer(said, "", is_first=True) is answer


def test_a_long_no_at_first_is_no_machine() -> None:
    said = "我说了多少次了你们怎么还在打你们到底有完没完啊真的是烦死人了别再打了"
    assert len(said) > WORDS.long_characters
    assert WORDS.answer(said, "", is_first=True) is Answer.REFUSES


def test_a_machine_asks_for_nothing() -> None:
    said = "您拨打的用户已关机，请不要再打了"
    assert WORDS.answer(said, "", is_first=True) is Answer.MACHINE


def test_a_long_answer_is_a_machine_only_at_first() -> None:
    said = "我之前买的那个杯子收到的时候盖子是裂开的想问一下到底怎么处理"
    assert WORDS.answer(said, "", is_first=False) is Answer.MATTER


@pytest.mark.parametrize(
    ("keys", "answer"),
    [("9", Answer.REFUSES), ("1", Answer.YES), ("2", Answer.NOT_NOW), ("55", Answer.UNCLEAR)],
)
def test_keys(keys: str, answer: Answer) -> None:
    assert WORDS.answer("", keys, is_first=True) is answer


def test_no_more_calls_is_heard_in_any_part_of_a_call() -> None:
    assert WORDS.refusal("行了，以后不要打了") is Refusal.FIRM
    assert WORDS.refusal("好的，谢谢") is Refusal.NONE


@pytest.mark.parametrize(("keys", "confirmed"), [("9", True), ("1", None), ("", False)])
def test_what_was_asked_back_is_answered_by_a_key_as_well(keys: str, confirmed: bool | None) -> None:
    assert WORDS.is_refusal_confirmed("" if keys else "不是", keys) is confirmed
