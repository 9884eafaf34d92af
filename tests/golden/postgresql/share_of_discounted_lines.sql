-- from fact_sales, agg_product
-- v0 = chair
-- v1 = 0
-- v2 = chair
WITH t0 AS (
SELECT p.subcategory_name AS d0, SUM(a.m0) AS m0
FROM (
SELECT f.product_key AS k, SUM(f.sales) AS m0
FROM fact_sales AS f
WHERE f.product_key IN (
SELECT product_key
FROM dim_product
WHERE POSITION(LOWER(CAST(%(v0)s AS TEXT)) IN LOWER(product_name COLLATE "default")) > 0) AND f.discount > %(v1)s
GROUP BY f.product_key) AS a
LEFT JOIN dim_product AS p ON p.product_key = a.k
GROUP BY p.subcategory_name),
t1 AS (
SELECT p.subcategory_name AS d0, SUM(a.m1) AS m1
FROM (
SELECT f.product_key AS k, SUM(f.sales) AS m1
FROM agg_product AS f
WHERE f.product_key IN (
SELECT product_key
FROM dim_product
WHERE POSITION(LOWER(CAST(%(v2)s AS TEXT)) IN LOWER(product_name COLLATE "default")) > 0) AND f.order_lines > 0
GROUP BY f.product_key) AS a
LEFT JOIN dim_product AS p ON p.product_key = a.k
GROUP BY p.subcategory_name),
t2 AS (
SELECT d0, SUM(m0) AS m0, SUM(m1) AS m1
FROM (
SELECT d0, m0, CAST(NULL AS DECIMAL(38, 10)) AS m1
FROM t0
UNION ALL
SELECT d0, CAST(NULL AS DECIMAL(38, 10)) AS m0, m1
FROM t1) AS u
GROUP BY d0)
SELECT r.d0 AS subcategory, r.c0 AS sales_share
FROM (
SELECT g.d0, ROUND(CAST(COALESCE(g.m0, 0) AS DECIMAL(38, 10)) / NULLIF(COALESCE(g.m1, 0), 0), 8) AS c0
FROM t2 AS g) AS r
ORDER BY CASE WHEN r.d0 IS NULL THEN 1 ELSE 0 END NULLS FIRST, r.d0 ASC NULLS FIRST
LIMIT 10001
