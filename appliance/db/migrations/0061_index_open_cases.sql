-- Open cases are asked after every hour; among closed ones of years they are few.
CREATE INDEX after_sales_case_open ON after_sales_case (shop_id, case_id) WHERE state = 'open';
