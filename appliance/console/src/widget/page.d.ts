/** What a page that includes the widget may call. */
export interface AftersalesChat {
  open(): void;
  close(): void;
  /** The shop's token of who has logged in, or null after he has logged out. */
  identify(token: string | null): void;
}

declare global {
  interface Window {
    AftersalesChat?: AftersalesChat;
  }
}
