-- from fact_sales, agg_day
-- v0 = 20140101
-- v1 = 20141231
-- v2 = 20140101
-- v3 = 20141231
-- v4 = 20140101
-- v5 = 20141231
WITH t0 AS (
SELECT c.customer_key AS d0_k, c.customer_name AS d0, SUM(a.m0) AS m0
FROM (
SELECT f.customer_key AS k, SUM(f.sales) AS m0
FROM fact_sales AS f
WHERE f.order_date_key >= %(v0)s AND f.order_date_key <= %(v1)s
GROUP BY f.customer_key) AS a
LEFT JOIN dim_customer AS c ON c.customer_key = a.k
GROUP BY c.customer_key, c.customer_name),
t1 AS (
SELECT SUM(f.sales) AS m0
FROM fact_sales AS f
WHERE f.customer_key IN (
SELECT d0_k
FROM (
SELECT d0_k
FROM (
SELECT g.d0, g.d0_k, COALESCE(g.m0, 0) AS c0
FROM t0 AS g) AS r
WHERE NOT r.c0 IS NULL
ORDER BY CASE WHEN r.c0 IS NULL THEN 1 ELSE 0 END NULLS FIRST, r.c0 DESC NULLS LAST, CASE WHEN r.d0 IS NULL THEN 1 ELSE 0 END NULLS FIRST, r.d0 ASC NULLS FIRST, CASE WHEN r.d0_k IS NULL THEN 1 ELSE 0 END NULLS FIRST, r.d0_k ASC NULLS FIRST
LIMIT 10) AS t) AND f.order_date_key >= %(v2)s AND f.order_date_key <= %(v3)s),
t2 AS (
SELECT SUM(f.sales) AS m1
FROM agg_day AS f
WHERE f.order_date_key >= %(v4)s AND f.order_date_key <= %(v5)s AND f.order_lines > 0),
t3 AS (
SELECT SUM(m0) AS m0, SUM(m1) AS m1
FROM (
SELECT m0, CAST(NULL AS DECIMAL(38, 10)) AS m1
FROM t1
UNION ALL
SELECT CAST(NULL AS DECIMAL(38, 10)) AS m0, m1
FROM t2) AS u)
SELECT r.c0 AS sales_share
FROM (
SELECT ROUND(CAST(COALESCE(g.m0, 0) AS DECIMAL(38, 10)) / NULLIF(COALESCE(g.m1, 0), 0), 8) AS c0
FROM t3 AS g) AS r
LIMIT 10001
