"""Which words on a call refuse its recording, and which ask about it: a clause about that and nothing else."""

import pytest

from appliance.conversation.refusal import about_recording, refuses_recording


@pytest.mark.parametrize(
    "words",
    [
        "我不同意录音，不要录音",
        "我不同意录音不要录音",
        "别给我录音",
        "请停止录音",
        "我不同意你们录音",
        "我拒绝录音",
        "能不能别录音",
        "可以不录音吗",
        "我不想被录音",
        "那别录了",
        "你们不要录我的音",
        "请你把录音关掉",
        "我不希望这次通话被录音。",
        "你们不能录音",
        "不能录音",
        "不可以录音",
        "这通电话不可以录音",
        "录音关掉",
        "录音关了吧",
        "录音停一下",
        "请关掉录音功能",
        "录音我不同意",
        "录音不同意",
        "录音不行",
        "录音就不用了",
        "录音可以关吗",
        "我选择不录音",
        "按零不录音",
        "我按0不录音",
        "不要录通话",
        "我的话不要录下来",
        "把录音删了",
        "请把刚才的录音都删掉",
        "删除录音",
        "我要求删除你们的录音",
        "没必要录音",
        "谁让你们录音的",
        "你们凭什么录音",
        "你没权利录音",
        "我没同意你们录音",
        "不给录音",
        "不要录我说的话",
        "录音就免了吧",
        "录音必须关掉",
        "能不能把录音关掉",
        "不录音行不行",
        "不录音",
    ],
)
def test_a_refusal_says_nothing_else(words: str) -> None:
    assert about_recording(words) == (True, False, "")
    assert refuses_recording(words)


@pytest.mark.parametrize(
    ("words", "rest"),
    [
        ("不要录音，我要退货", "，我要退货"),
        ("我要退货不要录音", "我要退货"),
        ("我要退货，别录音。", "我要退货，。"),
        ("你们不能录音，我的杯子坏了", "，我的杯子坏了"),
        ("不录音，我要退鞋子", "，我要退鞋子"),
        ("录音关了我再说", "我再说"),
    ],
)
def test_what_is_said_beside_it_is_left(words: str, rest: str) -> None:
    assert about_recording(words) == (True, False, rest)


@pytest.mark.parametrize(
    "words",
    [
        "我有录音为证",
        "我录了音",
        "我录音了",
        "录音我发给你",
        "我通话有录音你们别抵赖",
        "不要录音笔",
        "不要录音机要耳机",
        "这个录音笔不能录音",
        "不要录音的那款",
        "客服让我别录音",
        "他说不要录音",
        "商家不让录音",
        "我没有不同意录音",
        "不要停止录音",
        "不反对录音",
        "为什么不录音",
        "怎么停止录音",
        "我把录音关了",
        "你们要不要录音为证",
        "录音笔能录音吗",
        "不录入订单吗",
        "我不同意退款",
        "不录音，质量问题",
        "不能录音，坏了",
        "录音停了，是机器有故障",
        "录音笔，不录音",
        "买回来，不能录音",
        "这个耳机不能录音",
        "我不能录音",
        "我们不能录音",
        "不能录音吗",
        "能不能录音",
        "要不要录音",
        "录音不能给你",
        "录音不行了怎么修",
        "录音关不掉",
        "录音取消不了",
        "录音删除了怎么恢复",
        "录音删了吗",
        "录音不要删",
        "不要删除录音",
        "怎么删除录音",
        "不小心把录音删了",
        "我删了录音",
        "我的录音删掉了",
        "我不要录音功能的那款",
        "关掉录音机",
        "我选择录音笔",
        "不要录通话手表",
        "谁让你们不录音的",
        "凭什么不录音",
        "客服没同意录音",
        "录音要关掉吗",
        "别把录音删了",
        "录音不用充电吗",
        "说好能录音，现在不能录音了",
    ],
)
def test_a_recording_in_another_matter_is_neither(words: str) -> None:
    assert about_recording(words) == (False, False, words)


@pytest.mark.parametrize(
    "words",
    [
        "你们在录音吗",
        "这个电话录音吗",
        "现在是不是在录音",
        "会录音吗",
        "通话有录音吗？",
        "有没有录音",
        "这通电话会不会录音",
        "我的话被录音了吗",
        "你在录音？",
    ],
)
def test_a_question_for_it_is_no_refusal(words: str) -> None:
    assert about_recording(words) == (False, True, "")


def test_the_key_refuses_alone() -> None:
    assert refuses_recording("", "0")
    assert not refuses_recording("", "10")
