-- Where a case stands is compared too.
ALTER TABLE difference
    DROP CONSTRAINT difference_kind_check,
    ADD CONSTRAINT difference_kind_check CHECK (kind IN ('missing', 'written_though_refused', 'other_case', 'other_amount',
                                                         'other_status', 'written_twice', 'unknown_to_us'));
