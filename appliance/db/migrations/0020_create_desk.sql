-- People take over conversations: who has the floor, who waits for whom, who is there to take them.

ALTER TABLE conversation
    -- of the human side: who has it; nobody yet: NULL
    ADD COLUMN agent_id uuid,
    -- grows with each change of owner; who speaks must carry it
    ADD COLUMN owner_token bigint NOT NULL DEFAULT 0,
    ADD CHECK (agent_id IS NULL OR owner = 'human');

-- A person's place at the desk of one shop.
CREATE TABLE desk_seat (
    shop_id  text NOT NULL,
    staff_id uuid NOT NULL,
    -- the number under which customers know him
    badge    text NOT NULL,
    groups   text[] NOT NULL,
    capacity smallint NOT NULL CHECK (capacity BETWEEN 1 AND 50),
    presence text NOT NULL DEFAULT 'offline' CHECK (presence IN ('online', 'busy', 'away', 'offline')),
    -- the last sign of life of his console
    seen_at  timestamptz,
    -- when he was given a conversation last
    given_at timestamptz,
    PRIMARY KEY (shop_id, staff_id),
    UNIQUE (shop_id, badge)
);
CREATE INDEX desk_seat_present ON desk_seat (seen_at) WHERE presence <> 'offline';
SELECT protect_table('desk_seat');

-- One hand-off of one conversation, from asking for a person to the end of it.
CREATE TABLE desk_ticket (
    shop_id         text NOT NULL,
    ticket_id       uuid NOT NULL,
    conversation_id uuid NOT NULL,
    skill           text NOT NULL,
    priority        text NOT NULL CHECK (priority IN ('normal', 'high', 'urgent')),
    reason          text NOT NULL,
    state           text NOT NULL CHECK (state IN ('waiting', 'served', 'ended', 'left', 'called_back')),
    asked_at        timestamptz NOT NULL,
    -- the place in the queue: when it was asked, less the head start of its priority; never moved
    rank_at         timestamptz NOT NULL,
    -- nobody is there before that
    opens_at        timestamptz,
    agent_id        uuid,
    -- who has just given it away: it does not come back to him by itself
    not_agent       uuid,
    served_at       timestamptz,
    ended_at        timestamptz,
    outcome         text,
    PRIMARY KEY (shop_id, ticket_id),
    CHECK ((state = 'served') <= (agent_id IS NOT NULL))
);
CREATE UNIQUE INDEX desk_ticket_open ON desk_ticket (shop_id, conversation_id) WHERE state IN ('waiting', 'served');
CREATE INDEX desk_ticket_queue ON desk_ticket (shop_id, rank_at, ticket_id) WHERE state = 'waiting';
CREATE INDEX desk_ticket_agent ON desk_ticket (shop_id, agent_id) WHERE state = 'served';
CREATE INDEX desk_ticket_ended ON desk_ticket (shop_id, skill, ended_at DESC) WHERE state = 'ended';
SELECT protect_table('desk_ticket');

-- What agents have sent, so that a repeat changes nothing.
CREATE TABLE desk_message (
    shop_id           text NOT NULL,
    conversation_id   uuid NOT NULL,
    client_message_id text NOT NULL,
    seq               integer NOT NULL,
    PRIMARY KEY (shop_id, conversation_id, client_message_id)
);
SELECT protect_table('desk_message');

CREATE TABLE canned_reply (
    shop_id    text NOT NULL,
    reply_id   uuid NOT NULL,
    -- title and words, under the shop's own keys
    sealed     bytea NOT NULL,
    changed_by uuid NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (shop_id, reply_id)
);
SELECT protect_table('canned_reply');
