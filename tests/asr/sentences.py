"""Said by eSpeak NG in these tests."""

SENTENCES = {
    "return": "我要退货",
    "number": "订单号是二零二六一一一五九五六五五九零三",
    "human": "转人工客服",
    "yes": "好的没问题",
}
OPENINGS = ("我要退货", "好的没问题", "转人工客服")
DIGITS = "零幺二三四五六七八九"
