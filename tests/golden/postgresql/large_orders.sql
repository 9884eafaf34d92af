-- from fact_sales
-- v0 = 5000
WITH t0 AS (
SELECT f.order_id AS d0, SUM(f.sales) AS m0
FROM fact_sales AS f
GROUP BY f.order_id),
t1 AS (
SELECT COUNT(DISTINCT f.order_id) AS m0, SUM(f.sales) AS m1
FROM fact_sales AS f
WHERE f.order_id IN (
SELECT d0
FROM (
SELECT g.d0, COALESCE(g.m0, 0) AS c0
FROM t0 AS g) AS r
WHERE r.c0 >= %(v0)s))
SELECT r.c0 AS orders, r.c1 AS average_order_value
FROM (
SELECT COALESCE(g.m0, 0) AS c0, ROUND(CAST(COALESCE(g.m1, 0) AS DECIMAL(38, 10)) / NULLIF(COALESCE(g.m0, 0), 0), 8) AS c1
FROM t1 AS g) AS r
LIMIT 10001
