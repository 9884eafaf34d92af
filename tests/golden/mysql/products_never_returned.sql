-- from fact_sales, agg_product
-- v0 = 1
-- v1 = 10
WITH t0 AS (
SELECT p.product_name AS d0, SUM(a.m0) AS m0
FROM (
SELECT f.product_key AS k, SUM(f.returned_quantity) AS m0
FROM agg_product AS f
WHERE f.returned_lines > 0
GROUP BY f.product_key) AS a
LEFT JOIN dim_product AS p ON p.product_key = a.k
GROUP BY p.product_name),
t1 AS (
SELECT p.product_name AS d0, SUM(a.m0) AS m0
FROM (
SELECT f.product_key AS k, SUM(f.quantity) AS m0
FROM fact_sales AS f
WHERE NOT f.product_key IN (
SELECT product_key
FROM dim_product
WHERE product_name IN (
SELECT d0
FROM (
SELECT g.d0, COALESCE(g.m0, 0) AS c0
FROM t0 AS g) AS r
WHERE r.c0 >= %(v0)s))
GROUP BY f.product_key) AS a
LEFT JOIN dim_product AS p ON p.product_key = a.k
GROUP BY p.product_name)
SELECT r.d0 AS product, r.c0 AS units
FROM (
SELECT g.d0, COALESCE(g.m0, 0) AS c0
FROM t1 AS g) AS r
WHERE r.c0 > %(v1)s
ORDER BY CASE WHEN r.d0 IS NULL THEN 1 ELSE 0 END, r.d0 ASC
LIMIT 20
