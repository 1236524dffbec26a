/** What the widget says about calls. */

import type { CallState, CallTrouble } from "../call/call";
import type { How, Turn } from "../call/frames";

export interface CallWords {
  call: string;
  title: string;
  state: Record<Exclude<CallState, "idle" | "live">, string>;
  turn: Record<Turn, string>;
  muted: string;
  /** Of speech: made by a machine. */
  label: string;
  recorded: string;
  notRecorded: string;
  refuseRecording: string;
  mute: string;
  unmute: string;
  byPress: string;
  hold: string;
  holding: string;
  keypad: string;
  key: (key: string) => string;
  hangUp: string;
  level: string;
  youSay: string;
  how: Record<How, string>;
  trouble: Record<CallTrouble, string>;
  again: string;
  close: string;
  goesOn: string;
}

export const zh: CallWords = {
  call: "语音通话",
  title: "语音通话",
  state: { asking: "请在浏览器里允许使用麦克风", connecting: "正在接通" },
  turn: { listening: "请讲", hearing: "正在听您说", thinking: "请稍等", speaking: "正在播报" },
  muted: "您已静音",
  label: "AI生成语音",
  recorded: "通话正在录音",
  notRecorded: "没有录音",
  refuseRecording: "不录音",
  mute: "静音",
  unmute: "取消静音",
  byPress: "按住说话",
  hold: "按住这里说话（键盘可按住空格）",
  holding: "正在听，松开结束",
  keypad: "按键",
  key: (key) => ({ "*": "星号", "#": "井号" })[key] ?? key,
  hangUp: "挂断",
  level: "麦克风音量",
  youSay: "您",
  how: {
    ended: "通话结束了，可以在这里继续打字",
    people: "通话结束了，人工客服在这里用文字继续为您服务",
    out_of_order: "语音服务暂时出了点问题，请在这里用文字继续",
  },
  trouble: {
    not_secure: "这个页面不是加密连接（https），浏览器不允许使用麦克风，请用文字咨询",
    not_supported: "这个浏览器不支持语音通话，请换用新版浏览器，或用文字咨询",
    mic_refused: "没有麦克风权限。请在浏览器地址栏旁允许本页面使用麦克风后再试",
    mic_missing: "没有找到麦克风，请插好后再试",
    mic_busy: "麦克风正被别的程序占用，请关闭后再试",
    no_audio: "浏览器的声音没有打开成功，请刷新页面后再试",
    lines_busy: "语音线路都在忙，请稍后再拨，或直接打字",
    calls_away: "语音服务暂时连接不上，请稍后再拨，或直接打字",
    calls_off: "本店暂不提供语音通话",
    call_held: "这个对话已经在别的窗口通话中",
    with_people: "人工客服正在用文字为您服务，请直接打字",
    too_often: "拨打太频繁了，请过一分钟再试",
    token: "登录状态失效了，请刷新页面后再试",
    broke: "通话断开了。前面说的都已保留，可以再拨或直接打字",
    failed: "通话没有接通，请稍后再试，或直接打字",
  },
  again: "再拨一次",
  close: "知道了",
  goesOn: "通话中，打开对话",
};

export const en: CallWords = {
  call: "Call",
  title: "Call",
  state: { asking: "Please let your browser use the microphone", connecting: "Connecting" },
  turn: { listening: "Please speak", hearing: "Listening", thinking: "One moment", speaking: "Speaking" },
  muted: "You are muted",
  label: "AI-generated voice",
  recorded: "This call is recorded",
  notRecorded: "Not recorded",
  refuseRecording: "Do not record",
  mute: "Mute",
  unmute: "Unmute",
  byPress: "Push to talk",
  hold: "Hold to talk (or hold the space bar)",
  holding: "Listening; let go when you are done",
  keypad: "Keypad",
  key: (key) => ({ "*": "star", "#": "hash" })[key] ?? key,
  hangUp: "Hang up",
  level: "Level of the microphone",
  youSay: "You",
  how: {
    ended: "The call has ended; you may go on in writing",
    people: "The call has ended; a person goes on here in writing",
    out_of_order: "Calls do not work right now; please go on in writing",
  },
  trouble: {
    not_secure: "This page has no encrypted connection (https), so the browser gives it no microphone; please write",
    not_supported: "This browser cannot make calls; please use a newer one, or write",
    mic_refused: "The microphone was not allowed. Allow it beside the address of the page, and try again",
    mic_missing: "There is no microphone; plug one in and try again",
    mic_busy: "Another program uses the microphone; close it and try again",
    no_audio: "The browser could not open its sound; please reload the page",
    lines_busy: "All lines are busy; please call again later, or write",
    calls_away: "Calls cannot be reached for now; please call again later, or write",
    calls_off: "This shop takes no calls here",
    call_held: "This conversation has a call in another window",
    with_people: "A person is writing with you; please write",
    too_often: "Too many calls; please wait a minute",
    token: "Your sign-in has ended; please reload the page",
    broke: "The call broke. What was said is kept: call again, or write",
    failed: "The call could not be made; please try later, or write",
  },
  again: "Call again",
  close: "OK",
  goesOn: "In a call; open the chat",
};
