/** What is done without, as each kind of staff needs it, in Chinese. Who has no sentence for it is not told. */

import type { Said } from "../shell/rungs";

export const zhRungs: Said = {
  desk: {
    smaller_model: "语言模型暂不可用，由较小的语言模型代替，偶尔会理解得差一些",
    compact_model: "语言模型暂不可用，机器人改由精简模型理解、用模板回答，转人工可能变多",
    keypad: "语音识别暂不可用，来电的顾客只能按键办理或登记回电",
    plain_voice: "语音合成暂不可用，电话里改用备用声音",
    work_orders: "有店铺的订单系统不通，机器人查不到那里的订单，顾客的请求先记成工单",
    queue: "对话积压，新来的顾客在排队，机器人答复会慢一些",
    no_money: "审计日志封存滞后，可以照常接待，退款等操作要等它恢复后才执行",
  },
  decides: {
    work_orders: "有店铺的订单系统不通，批准的退款要等它恢复后才执行",
    no_money: "审计日志封存滞后，批准的退款要等它恢复后才执行",
  },
  security: { no_money: "审计日志封存滞后，账号和权限的变更暂不受理" },
  audit: { no_money: "审计日志封存滞后，最近的记录还没有封存，导出暂停。请告知系统管理员" },
  everybody: { waiting_for_database: "数据库没有应答，页面在等它恢复。刚提交的操作可能没有成功，恢复后请核对" },
};
