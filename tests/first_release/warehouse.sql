-- The star of those books by hand, as three runs of the first release left it. Runs on every engine.
insert into dim_date (date_key, date, year, quarter, month, month_name, week, week_start, day_of_week) values
    (0, null, null, null, null, 'Unknown', null, null, 'Unknown'),
    (20241205, '2024-12-05', 2024, 4, 12, 'December', 49, '2024-12-02', 'Thursday'),
    (20241206, '2024-12-06', 2024, 4, 12, 'December', 49, '2024-12-02', 'Friday'),
    (20241207, '2024-12-07', 2024, 4, 12, 'December', 49, '2024-12-02', 'Saturday'),
    (20241209, '2024-12-09', 2024, 4, 12, 'December', 50, '2024-12-09', 'Monday'),
    (20241210, '2024-12-10', 2024, 4, 12, 'December', 50, '2024-12-09', 'Tuesday'),
    (20241212, '2024-12-12', 2024, 4, 12, 'December', 50, '2024-12-09', 'Thursday');
insert into dim_customer (customer_key, customer_id, customer_name, region, segment_name, market) values
    (0, '', 'Unknown', 'Unknown', 'Unknown', 'Unknown'),
    (1, '1001', 'Alice Johnson', 'East', 'Corporate', 'US'),
    (2, 'CB-12025', 'Cásandra Bränd', 'Central', 'Consumer', 'EU');
insert into dim_product (product_key, product_id, product_name, category_name, subcategory_name) values
    (0, '', 'Unknown', 'Unknown', 'Unknown'),
    (1, 'PROD-501', 'MacBook Pro 14"', 'Technology', 'Laptops'),
    (2, 'PROD-502', 'Ergonomic Office Chair', 'Furniture', 'Chairs'),
    (3, 'PROD-503', 'Paper, ruled', 'Office Supplies', 'Paper');
insert into dim_return (return_key, return_id, return_status, return_region, return_reason) values
    (0, '', 'Unknown', 'Unknown', 'Unknown'),
    (1, 'RET-001', 'Pending', 'East', 'Defective'),
    (2, 'RET-002', 'Rejected', 'Central', 'Wrong Item'),
    (3, 'RET-003', 'Completed', 'Central', 'Changed Mind');
insert into fact_sales (order_id, line_no, product_id, customer_key, product_key, date_key, order_date_key, quantity,
                        sales, discount, discount_rate, profit, shipping_cost, order_priority, ship_mode, market,
                        region) values
    ('ORD-001', 1, 'PROD-501', 1, 1, 20241207, 20241205, 2, 4800, 240, 0.05, 4410, 150,
     'High', 'First Class', 'US', 'East'),
    ('ORD-001', 2, 'PROD-502', 1, 2, 20241207, 20241205, 4, 1200, 120, 0.1, 1000, 80,
     'High', 'Standard Class', 'US', 'East'),
    ('ORD-002', 1, 'PROD-503', 2, 3, 0, 20241206, 3, 731.41007, 0, 0, -55.12345, 12.6,
     'Low', 'Same Day', 'EU', 'Central'),
    ('ORD-002', 2, 'PROD-502', 2, 2, 20241209, 20241206, 1, 300.5, 0, 0, 120.25, 9.99999,
     'Low', 'Standard Class', 'EU', 'Central'),
    ('ORD-002', 3, 'PROD-502', 2, 2, 20241209, 20241206, 2, 601, 0, 0, 240.5, 20,
     'Low', 'Standard Class', 'EU', 'Central');
insert into fact_return (return_id, order_id, line_no, customer_key, return_key, product_key, date_key,
                         return_date_key, return_status, quantity, returned_sales) values
    ('RET-001', 'ORD-001', 2, 1, 1, 2, 20241205, 20241206, 'Pending', 1, 300),
    ('RET-002', 'ORD-002', 2, 2, 2, 2, 20241206, 20241210, 'Rejected', 1, 300.5),
    ('RET-002', 'ORD-002', 3, 2, 2, 2, 20241206, 20241210, 'Rejected', 1, 300.5),
    ('RET-003', 'ORD-002', 1, 2, 3, 3, 20241206, 20241212, 'Completed', 3, 731.41007),
    ('RET-003', 'ORD-002', 2, 2, 3, 2, 20241206, 20241212, 'Completed', 1, 300.5),
    ('RET-003', 'ORD-002', 3, 2, 3, 2, 20241206, 20241212, 'Completed', 2, 601);
insert into etl_log (run_id, etl_run_time, status, records_processed, mode, reason, started_at, finished_at, as_of,
                     watermark, rows_by_table, error) values
    (1, '2024-12-06 02:00:00', 'SUCCESS', 2, 'full', 'first load', '2024-12-06 02:00:00', '2024-12-06 02:00:01',
     '2024-12-06 02:00:00', 1, '{"fact_sales": [2, 0, 0]}', null),
    (2, '2024-12-12 02:00:00', 'FAILED', 0, 'incremental', null, '2024-12-12 02:00:00', '2024-12-12 02:00:01',
     null, null, null, 'the warehouse can''t be reached'),
    (3, '2024-12-13 02:00:00', 'SUCCESS', 3, 'incremental', null, '2024-12-13 02:00:00', '2024-12-13 02:00:01',
     '2024-12-13 02:00:00', 2, '{"fact_sales": [3, 0, 0]}', null);
