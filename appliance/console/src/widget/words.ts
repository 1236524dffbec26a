/** Everything the widget itself says. What the bot and people say comes from the appliance. */

import type { Trouble } from "../chat/chat";

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
  agent: string;
  ai: string;
  handedOff: string;
  quote: string;
  quoteHint: string;
  pressed: string;
  receipt: string;
  progress: string;
  latest: string;
  retry: string;
  trouble: Record<Trouble, string>;
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
  agent: "人工客服",
  ai: "AI",
  handedOff: "已为您转接人工客服",
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
  agent: "Agent",
  ai: "AI",
  handedOff: "You are being passed on to a person",
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
};

/** Chinese, unless the page or the reader speaks another language. */
export function wordsIn(language: string): Words {
  return /^zh\b/i.test(language) || language === "" ? zh : en;
}
