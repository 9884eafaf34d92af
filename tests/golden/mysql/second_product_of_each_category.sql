-- from agg_product
WITH t0 AS (
SELECT p.category_name AS d0, p.product_name AS d1, SUM(a.m0) AS m0
FROM (
SELECT f.product_key AS k, SUM(f.sales) AS m0
FROM agg_product AS f
WHERE f.order_lines > 0
GROUP BY f.product_key) AS a
LEFT JOIN dim_product AS p ON p.product_key = a.k
GROUP BY p.category_name, p.product_name)
SELECT r.d0 AS category, r.d1 AS product, r.c0 AS sales
FROM (
SELECT r.*, ROW_NUMBER() OVER (PARTITION BY r.d0
ORDER BY CASE WHEN r.c0 IS NULL THEN 1 ELSE 0 END, r.c0 DESC, CASE WHEN r.d0 IS NULL THEN 1 ELSE 0 END, r.d0 ASC, CASE WHEN r.d1 IS NULL THEN 1 ELSE 0 END, r.d1 ASC) AS place
FROM (
SELECT g.d0, g.d1, COALESCE(g.m0, 0) AS c0
FROM t0 AS g) AS r) AS r
WHERE place <= 2 AND place > 1
ORDER BY CASE WHEN r.c0 IS NULL THEN 1 ELSE 0 END, r.c0 DESC, CASE WHEN r.d0 IS NULL THEN 1 ELSE 0 END, r.d0 ASC, CASE WHEN r.d1 IS NULL THEN 1 ELSE 0 END, r.d1 ASC
LIMIT 10001
