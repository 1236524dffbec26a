-- name: begin
INSERT INTO conversation (shop_id, conversation_id, channel, subject_id, state, next_seq, started_at)
VALUES (%(shop)s, %(conversation_id)s, %(channel)s, %(conversation_id)s, '', 1, %(at)s)

-- name: happen
INSERT INTO conversation_event (shop_id, conversation_id, seq, type, v, at, business_at, data)
VALUES (%(shop)s, %(conversation_id)s, %(seq)s, %(type)s, 1, %(at)s, %(at)s, %(data)s::jsonb)

-- name: ask
INSERT INTO desk_ticket (shop_id, ticket_id, conversation_id, skill, priority, reason, state, asked_at, rank_at, opens_at,
                         agent_id, served_at, ended_at)
VALUES (%(shop)s, %(ticket_id)s, %(conversation_id)s, %(skill)s, 'normal', %(reason)s, %(state)s, %(asked_at)s, %(asked_at)s,
        %(opens_at)s, %(agent_id)s, %(served_at)s, %(ended_at)s)
