-- Who serves a customer sees all of his cases, whichever conversation they are of.

CREATE INDEX after_sales_case_customer ON after_sales_case (shop_id, customer_id, created_at DESC);
