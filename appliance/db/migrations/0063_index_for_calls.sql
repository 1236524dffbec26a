-- A call tells of itself once, when it is over: reports find those among all that a conversation holds.
CREATE INDEX conversation_event_calls ON conversation_event (shop_id, conversation_id) WHERE type = 'call.measured';
