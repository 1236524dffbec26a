/** What the room of personal data says, in Chinese. */

export const zhPersonal = {
  period: "时间段",
  days: { 1: "最近24小时", 7: "最近7天", 31: "最近31天" },
  found: "发现的个人信息",
  foundHint:
    "只有数量，没有内容：每段对话里不同的值各计一次。验证码、安全码、密码遇到即丢弃，不留存，也就不计数。日期按北京时间。",
  nothingFound: "这段时间没有发现个人信息",
  byType: "按种类与渠道",
  byDay: "按日期与种类",
  type: "种类",
  day: "日期",
  sum: "合计",
  channels: { web: "网页", voice: "语音" } as Record<string, string>,
  afterwards: "分段补全后回头遮盖",
  afterwardsHint: "顾客分几条说出的值，在说完整时连同先前的文字一并遮盖。",
  seen: "谁看过明文",
  seenHint: "每一次把值还原为明文，都有用途和审计记录；被拒绝的也列在这里。这里和日志里都没有值本身。",
  nobody: "这段时间没有人看过明文",
  who: "谁",
  how: "方式",
  what: "什么",
  purpose: "用途",
  where: "哪里",
  services: { executor: "办理程序", dialogue: "机器人", messages: "短信程序" } as Record<string, string>,
  purposes: {
    order_system_write: "写入订单系统",
    confirmation: "请顾客本人确认",
    return_guide: "寄回指引",
    not_found: "没有这个值，或不归他管",
    too_many_reveals: "次数用完",
    audit_unavailable: "日志写不进去",
  } as Record<string, string>,
  fields: { phone: "手机", address: "地址", name: "姓名", email: "邮箱" } as Record<string, string>,
};

export type PersonalWords = typeof zhPersonal;
