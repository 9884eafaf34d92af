-- from fact_sales
-- v0 = 20140101
-- v1 = 20141231
-- v2 = 20140101
-- v3 = 20141231
-- v4 = 2
-- v5 = 20141231
-- v6 = 20140101
-- v7 = 20141231
WITH t0 AS (
SELECT c.segment_name AS d0, COUNT(DISTINCT f.customer_key) AS m0
FROM fact_sales AS f
LEFT JOIN dim_customer AS c ON c.customer_key = f.customer_key
JOIN (
SELECT customer_key, MIN(order_date_key) AS first_key
FROM fact_sales
GROUP BY customer_key) AS n ON n.customer_key = f.customer_key AND n.first_key = f.order_date_key
WHERE f.order_date_key >= %(v0)s AND f.order_date_key <= %(v1)s
GROUP BY c.segment_name),
t1 AS (
SELECT d0, COUNT(*) AS m1
FROM (
SELECT c.segment_name AS d0, c.customer_name AS e, c.customer_key AS e_k, COUNT(DISTINCT f.order_id) AS x
FROM fact_sales AS f
LEFT JOIN dim_customer AS c ON c.customer_key = f.customer_key
WHERE f.order_date_key >= %(v2)s AND f.order_date_key <= %(v3)s
GROUP BY c.segment_name, c.customer_name, c.customer_key) AS i
WHERE x >= %(v4)s
GROUP BY d0),
t2 AS (
SELECT c.segment_name AS d0, COUNT(DISTINCT f.customer_key) AS m2
FROM fact_sales AS f
LEFT JOIN dim_customer AS c ON c.customer_key = f.customer_key
WHERE f.order_date_key > 0 AND f.order_date_key <= %(v5)s
GROUP BY c.segment_name),
t3 AS (
SELECT c.segment_name AS d0, COUNT(DISTINCT f.customer_key) AS m3
FROM fact_sales AS f
LEFT JOIN dim_customer AS c ON c.customer_key = f.customer_key
WHERE f.order_date_key >= %(v6)s AND f.order_date_key <= %(v7)s
GROUP BY c.segment_name),
t4 AS (
SELECT d0, SUM(m0) AS m0, SUM(m1) AS m1, SUM(m2) AS m2, SUM(m3) AS m3
FROM (
SELECT d0, m0, CAST(NULL AS DECIMAL(38, 10)) AS m1, CAST(NULL AS DECIMAL(38, 10)) AS m2, CAST(NULL AS DECIMAL(38, 10)) AS m3
FROM t0
UNION ALL
SELECT d0, CAST(NULL AS DECIMAL(38, 10)) AS m0, m1, CAST(NULL AS DECIMAL(38, 10)) AS m2, CAST(NULL AS DECIMAL(38, 10)) AS m3
FROM t1
UNION ALL
SELECT d0, CAST(NULL AS DECIMAL(38, 10)) AS m0, CAST(NULL AS DECIMAL(38, 10)) AS m1, m2, CAST(NULL AS DECIMAL(38, 10)) AS m3
FROM t2
UNION ALL
SELECT d0, CAST(NULL AS DECIMAL(38, 10)) AS m0, CAST(NULL AS DECIMAL(38, 10)) AS m1, CAST(NULL AS DECIMAL(38, 10)) AS m2, m3
FROM t3) AS u
GROUP BY d0)
SELECT r.d0 AS segment, r.c0 AS new_customers, r.c1 AS repeat_customers, r.c2 AS lapsed_customers
FROM (
SELECT g.d0, COALESCE(g.m0, 0) AS c0, COALESCE(g.m1, 0) AS c1, (COALESCE(g.m2, 0) - COALESCE(g.m3, 0)) AS c2
FROM t4 AS g) AS r
ORDER BY CASE WHEN r.d0 IS NULL THEN 1 ELSE 0 END, r.d0 ASC
LIMIT 10001
