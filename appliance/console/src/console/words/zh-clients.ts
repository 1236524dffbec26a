/** What the room of API clients says, in Chinese. */

export const zhClients = {
  lead: "店铺的ERP、CRM等系统凭这里的密钥或签名调用内网接口。只给用得到的权限；长期不用的请吊销。",
  noShop: "还没有店铺",
  none: "这个店铺还没有系统接入",
  add: "新建",
  name: "系统名称",
  nameHint: "如 erp，不要写人名",
  credential: "凭证",
  credentials: { signature: "请求签名", api_key: "接口密钥" },
  credentialHints: {
    signature: "每个请求都签名，密钥不在网络上传输，可再绑定客户端证书。推荐。",
    api_key: "密钥随每个请求发送，只在内网加密连接上使用。",
  },
  scopes: "权限",
  scopeNames: {
    "events:write": "推送订单事件",
    "conversations:read": "读取会话轨迹",
    "cases:read": "读取售后单",
    "decisions:read": "读取裁定依据",
    "work_orders:read": "读取工单",
    "work_orders:write": "处理工单",
    "call_refusals:write": "登记、撤回和查询谁不要来电",
  },
  made: "新建时间",
  used: "最近使用",
  never: "从未",
  idle: "90天未用",
  bound: (count: number) => `绑定${String(count)}张证书`,
  revoke: "吊销",
  revokeAsk: (name: string) => `吊销后“${name}”立即不能再调用接口（接口密钥最多半分钟），且不能恢复。确定吊销？`,
  revoked: "已吊销",
  revokedAt: (at: string) => `${at}吊销`,
  withRevoked: "显示已吊销的",
  needBoth: "请填写系统名称，并至少选一项权限",
  secretTitle: "请立即保存",
  secretHint: "下面的内容只显示这一次，关闭后任何人都看不到。请交给系统的维护人，通过安全渠道传递。",
  caller: "X-Client 请求头",
  secrets: { signature: "签名密钥", api_key: "接口密钥" },
  kept: "已保存，关闭",
};

export type ClientWords = typeof zhClients;
