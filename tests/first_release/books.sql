-- A shop of the first release: its choices, two orders, one that was voided, and what came back.
insert into segment (segment_id, segment_name) values (1, 'Consumer'), (2, 'Corporate'), (3, 'Home Office');
insert into category (category_id, category_name) values (1, 'Technology'), (2, 'Furniture'), (3, 'Office Supplies');
insert into subcategory (subcategory_id, category_id, subcategory_name) values
    (3, 1, 'Laptops'), (5, 2, 'Chairs'), (7, 3, 'Paper');
select setval(pg_get_serial_sequence('segment', 'segment_id'), 3);
select setval(pg_get_serial_sequence('category', 'category_id'), 3);
select setval(pg_get_serial_sequence('subcategory', 'subcategory_id'), 9);
insert into market values ('US', 1), ('EU', 4);
insert into region values ('East', 1), ('Central', 3);
insert into order_priority values ('Low', 1), ('High', 3);
insert into ship_mode values ('Standard Class', 1), ('First Class', 3), ('Same Day', 4);
insert into return_reason values ('Defective', 1), ('Wrong Item', 3), ('Changed Mind', 6);

select set_config('awesome.actor', 'john_sales', false);
insert into tbl_customers (customer_id, customer_name, customer_email, segment_id, market, region) values
    ('1001', 'Alice Johnson', 'alice.johnson@company.com', 2, 'US', 'East'),
    ('CB-12025', 'Cásandra Bränd', null, 1, 'EU', 'Central');
insert into tbl_products (product_id, product_name, category_id, subcategory_id) values
    ('PROD-501', 'MacBook Pro 14"', 1, 3),
    ('PROD-502', 'Ergonomic Office Chair', 2, 5),
    ('PROD-503', 'Paper, ruled', 3, 7);
insert into tbl_orders (order_id, customer_id, order_date, order_priority, market, region) values
    ('ORD-001', '1001', '2024-12-05', 'High', 'US', 'East'),
    ('ORD-002', 'CB-12025', '2024-12-06', 'Low', 'EU', 'Central'),
    ('ORD-003', '1001', '2024-12-07', 'Low', 'US', 'East');
insert into order_product (order_id, line_no, product_id, quantity, sales, discount, discount_rate, profit,
                           shipping_cost, ship_mode, ship_date) values
    ('ORD-001', 1, 'PROD-501', 2, 4800, 240, 0.05, 4410, 150, 'First Class', '2024-12-07'),
    ('ORD-001', 2, 'PROD-502', 4, 1200, 120, 0.1, 1000, 80, 'Standard Class', '2024-12-07'),
    ('ORD-002', 1, 'PROD-503', 3, 731.41007, 0, 0, -55.12345, 12.6, 'Same Day', null),
    ('ORD-002', 2, 'PROD-502', 1, 300.5, 0, 0, 120.25, 9.99999, 'Standard Class', '2024-12-09'),
    ('ORD-002', 3, 'PROD-502', 2, 601, 0, 0, 240.5, 20, 'Standard Class', '2024-12-09'),
    ('ORD-003', 1, 'PROD-503', 1, 5, 0, 0, 1, 1, 'Same Day', null);
insert into tbl_returns (return_id, order_id, product_id, quantity, return_reason, return_status, return_region,
                         return_date) values
    ('RET-001', 'ORD-001', 'PROD-502', 1, 'Defective', 'Pending', 'East', '2024-12-06'),
    ('RET-002', 'ORD-002', 'PROD-502', 2, 'Wrong Item', 'Rejected', 'Central', '2024-12-10'),
    ('RET-003', 'ORD-002', null, null, 'Changed Mind', 'Completed', 'Central', '2024-12-12');
delete from order_product where order_id = 'ORD-003';
delete from tbl_orders where order_id = 'ORD-003';
select setval('customer_number', 1001), setval('product_number', 503), setval('order_number', 3),
       setval('return_number', 3);
insert into entry_log (idempotency_key, command, actor, payload, result) values
    ('till-1', 'record_order', 'john_sales', '{"customer_id": "1001"}', '{"order_id": "ORD-001"}');
