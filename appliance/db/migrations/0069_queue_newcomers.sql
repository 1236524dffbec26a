-- Whoever comes while turns queue is served in his order by the workers, until his first turn is over.
ALTER TABLE conversation ADD COLUMN waits_turn boolean NOT NULL DEFAULT false;
-- How many turns ended lately says how fast the queue moves. Small, because events come in the order of time.
CREATE INDEX conversation_event_at ON conversation_event USING brin (at) WITH (autosummarize = on);
