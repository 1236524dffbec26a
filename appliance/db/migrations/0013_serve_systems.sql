-- What a shop's systems read in pages, the newest first.
CREATE INDEX conversation_started ON conversation (shop_id, started_at, conversation_id);
CREATE INDEX after_sales_case_created ON after_sales_case (shop_id, created_at, case_id);
