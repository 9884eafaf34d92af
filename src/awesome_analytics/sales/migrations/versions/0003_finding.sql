-- Built in, where trigrams would be an extension that not every server has.
create index customer_words on tbl_customers using gin (
    to_tsvector('simple', customer_id || ' ' || customer_name || ' ' || coalesce(customer_email, '')));
create index product_words on tbl_products using gin (
    to_tsvector('simple', product_id || ' ' || product_name));
