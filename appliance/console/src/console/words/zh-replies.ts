/** What the room of canned replies says, in Chinese. */

export const zhReplies = {
  hint: "坐席在输入框里打「/」就能搜索并插入。其中的个人信息会被替换",
  add: "新建快捷回复",
  change: "修改快捷回复",
  search: "搜索标题或内容",
  title: "标题",
  text: "内容",
  changedAt: "修改时间",
  edit: "修改",
  none: "还没有快捷回复",
  noMatch: "没有匹配的快捷回复",
  needBoth: "标题和内容都要填写",
  saved: "已保存",
  removeAsk: (title: string) => `删除「${title}」？`,
  removed: "已删除",
};
