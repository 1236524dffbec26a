-- What reports count of the log is rare in it: an index of these alone makes a month of conversations cheap to read.
CREATE INDEX conversation_event_counted ON conversation_event (shop_id, conversation_id, type)
    WHERE type IN ('receipt.received', 'handoff.made', 'owner.changed', 'service.ended', 'rating.given', 'turn.given_up',
                   'order_system.away', 'operation.failed', 'answer.marked');
CREATE INDEX desk_ticket_asked ON desk_ticket (shop_id, asked_at);
