-- A shop's own systems say who wants no calls, too.
ALTER TABLE outbound_refusal
    DROP CONSTRAINT outbound_refusal_how_check,
    ADD CONSTRAINT outbound_refusal_how_check CHECK (how IN ('on_the_call', 'by_staff', 'by_system'));
