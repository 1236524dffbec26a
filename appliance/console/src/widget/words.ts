/** Everything the widget itself says. What the bot and people say comes from the appliance. */

import type { Trouble } from "../chat/trouble";
import { en as callEn, zh as callZh } from "./call-words";
import type { CallWords } from "./call-words";

export interface Words {
  open: string;
  openUnread: (count: number) => string;
  close: string;
  title: (name: string) => string;
  log: string;
  placeholder: string;
  send: string;
  picture: string;
  remove: string;
  preview: string;
  tooLarge: string;
  noPicture: string;
  ownPicture: string;
  uploading: (percent: number) => string;
  sending: string;
  refused: string;
  again: string;
  answering: (name: string) => string;
  connecting: string;
  offline: string;
  you: string;
  /** By the number that customers know him by. */
  agent: (badge: string | null) => string;
  system: string;
  ai: string;
  serves: string;
  passingOn: string;
  oneMoment: string;
  position: (position: number) => string;
  estimate: (minutes: number) => string;
  inOrder: string;
  nobodyThere: string;
  opensAt: (time: string) => string;
  leaveQueue: string;
  rate: string;
  score: (score: number) => string;
  /** Of 1 to 5. */
  scores: readonly string[];
  thanks: string;
  anew: string;
  quote: string;
  quoteHint: string;
  pressed: string;
  receipt: string;
  progress: string;
  latest: string;
  retry: string;
  trouble: Record<Trouble, string>;
  call: CallWords;
}

const zh: Words = {
  open: "打开在线客服",
  openUnread: (count) => `打开在线客服，${String(count)}条未读消息`,
  close: "关闭对话",
  title: (name) => `与${name}的对话`,
  log: "对话内容",
  placeholder: "输入您的问题",
  send: "发送",
  picture: "发送图片",
  remove: "不发这张",
  preview: "准备发送的图片",
  tooLarge: "图片太大了，请选一张小于8MB的",
  noPicture: "请选择JPEG、PNG、WebP或GIF格式的图片",
  ownPicture: "您发送的图片",
  uploading: (percent) => `正在上传${String(percent)}%`,
  sending: "发送中",
  refused: "没有发送成功",
  again: "重新发送",
  answering: (name) => `${name}正在输入`,
  connecting: "正在连接",
  offline: "连接断开了，正在重新连接。您说的话会在恢复后发出",
  you: "您",
  agent: (badge) => (badge ? `人工客服${badge}号` : "人工客服"),
  system: "系统消息",
  ai: "AI",
  serves: "正在为您服务",
  passingOn: "正在为您转接人工客服",
  oneMoment: "请稍候",
  position: (position) => (position === 1 ? "正在排队，下一位就是您" : `正在排队，您是第${String(position)}位`),
  estimate: (minutes) => `预计约${String(minutes)}分钟后接通`,
  inOrder: "客服上线后按顺序接待您",
  nobodyThere: "现在不是人工服务时间",
  opensAt: (time) => `${time}起按顺序联系您`,
  leaveQueue: "取消排队",
  rate: "为这次人工服务打分",
  score: (score) => `${String(score)}分`,
  scores: ["很不满意", "不满意", "一般", "满意", "非常满意"],
  thanks: "谢谢您的评价",
  anew: "上一次对话已经结束，下面是新的对话",
  quote: "请核对",
  quoteHint: "按下确认才会办理",
  pressed: "已选择",
  receipt: "已受理",
  progress: "处理进度",
  latest: "看最新消息",
  retry: "再试一次",
  trouble: {
    unreachable: "暂时连接不上客服，请稍后再试",
    refused_origin: "这个页面还不能使用在线客服",
    no_such_shop: "在线客服暂不可用",
    token: "登录状态失效了，请刷新页面后再试",
    busy: "现在咨询的人比较多，请稍后再试",
    broken: "对话出了问题，请刷新页面后再试",
  },
  call: callZh,
};

const en: Words = {
  open: "Open chat",
  openUnread: (count) => `Open chat, ${String(count)} unread`,
  close: "Close chat",
  title: (name) => `Chat with ${name}`,
  log: "Conversation",
  placeholder: "Type your question",
  send: "Send",
  picture: "Send a picture",
  remove: "Remove",
  preview: "Picture to be sent",
  tooLarge: "The picture is too large; choose one below 8 MB",
  noPicture: "Choose a JPEG, PNG, WebP or GIF picture",
  ownPicture: "Picture that you sent",
  uploading: (percent) => `Uploading ${String(percent)}%`,
  sending: "Sending",
  refused: "Not sent",
  again: "Send again",
  answering: (name) => `${name} is typing`,
  connecting: "Connecting",
  offline: "The line broke; connecting again. What you say is sent then",
  you: "You",
  agent: (badge) => (badge ? `Agent ${badge}` : "Agent"),
  system: "System",
  ai: "AI",
  serves: "is here for you",
  passingOn: "Passing you on to a person",
  oneMoment: "One moment, please",
  position: (position) => (position === 1 ? "In the queue: you are next" : `In the queue: number ${String(position)}`),
  estimate: (minutes) => `In about ${String(minutes)} min`,
  inOrder: "You keep your place",
  nobodyThere: "Nobody is at work now",
  opensAt: (time) => `From ${time}, in turn`,
  leaveQueue: "Leave the queue",
  rate: "Rate the service",
  score: (score) => String(score),
  scores: ["Very bad", "Bad", "Fair", "Good", "Very good"],
  thanks: "Thank you for your rating",
  anew: "The last conversation has ended; this is a new one",
  quote: "Please check",
  quoteHint: "Nothing is done until you confirm",
  pressed: "Chosen",
  receipt: "Accepted",
  progress: "Progress",
  latest: "Latest messages",
  retry: "Try again",
  trouble: {
    unreachable: "The service cannot be reached for now; please try later",
    refused_origin: "This page may not use the chat yet",
    no_such_shop: "The chat is not available",
    token: "Your sign-in has ended; please reload the page",
    busy: "Many people are asking right now; please try again in a moment",
    broken: "Something went wrong; please reload the page",
  },
  call: callEn,
};

/** Chinese, unless the page or the reader speaks another language. */
export function wordsIn(language: string): Words {
  return /^zh\b/i.test(language) || language === "" ? zh : en;
}
