"""Work orders (工单): what people have to do about a case, an order or a conversation, by when, and who does it."""
