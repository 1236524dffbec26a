-- Work orders are told where they are opened, in a conversation or out of one, and not where a conversation's log has them.

ALTER TABLE webhook_delivery
    ALTER COLUMN conversation_id DROP NOT NULL,
    -- the place in the log of what is told from there
    ALTER COLUMN seq DROP NOT NULL,
    ADD COLUMN work_order_id uuid,
    ADD UNIQUE (shop_id, webhook_id, work_order_id),
    ADD CHECK ((work_order_id IS NULL) = (seq IS NOT NULL)),
    ADD CHECK (work_order_id IS NOT NULL OR conversation_id IS NOT NULL);
