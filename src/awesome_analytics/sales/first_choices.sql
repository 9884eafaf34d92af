-- name: first_choices
insert into segment (segment_id, segment_name) values
    (1, 'Consumer'), (2, 'Corporate'), (3, 'Home Office');
insert into category (category_id, category_name) values
    (1, 'Technology'), (2, 'Furniture'), (3, 'Office Supplies');
insert into subcategory (subcategory_id, category_id, subcategory_name) values
    (1, 1, 'Phones'), (2, 1, 'Accessories'), (3, 1, 'Laptops'),
    (4, 2, 'Tables'), (5, 2, 'Chairs'), (6, 2, 'Bookcases'),
    (7, 3, 'Paper'), (8, 3, 'Binders'), (9, 3, 'Storage');
select setval(pg_get_serial_sequence('segment', 'segment_id'), 3);
select setval(pg_get_serial_sequence('category', 'category_id'), 3);
select setval(pg_get_serial_sequence('subcategory', 'subcategory_id'), 9);
insert into market values ('US', 1), ('Canada', 2), ('LATAM', 3), ('EU', 4), ('EMEA', 5), ('APAC', 6), ('Africa', 7);
insert into region values ('East', 1), ('West', 2), ('Central', 3), ('South', 4), ('North', 5);
insert into order_priority values ('Low', 1), ('Medium', 2), ('High', 3), ('Critical', 4);
insert into ship_mode values ('Standard Class', 1), ('Second Class', 2), ('First Class', 3), ('Same Day', 4);
insert into return_reason values
    ('Defective', 1), ('Damaged in Transit', 2), ('Wrong Item', 3), ('Not as Described', 4),
    ('Late Delivery', 5), ('Changed Mind', 6), ('Not Stated', 7);

-- name: grants
grant usage on schema public to awesome_entry, awesome_etl;
grant select, insert, update, delete on
    segment, category, subcategory, tbl_customers, tbl_products, tbl_orders, order_product, tbl_returns,
    market, region, order_priority, ship_mode, return_reason to awesome_entry;
grant select on return_line, row_history, tombstone to awesome_entry;
grant select, insert, update on entry_log to awesome_entry;
grant select, insert on import_order, import_product, import_return to awesome_entry;
grant usage, select, update on all sequences in schema public to awesome_entry;
grant select on
    segment, category, subcategory, tbl_customers, tbl_products, tbl_orders, order_product, tbl_returns,
    return_line, tombstone, source_identity to awesome_etl;
grant select, insert, update on etl_mark to awesome_etl
