"""Said by eSpeak NG in these tests."""

SENTENCES = {
    "return": "我要退货",
    "number": "订单号是二零二六一一一五九五六五五九零三",
    "human": "转人工客服",
    "yes": "好的没问题",
}
