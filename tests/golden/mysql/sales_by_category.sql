-- from agg_product
WITH t0 AS (
SELECT p.category_name AS d0, SUM(a.m0) AS m0, SUM(a.m1) AS m1, SUM(a.m2) AS m2
FROM (
SELECT f.product_key AS k, SUM(f.sales) AS m0, SUM(f.quantity) AS m1, SUM(f.order_lines) AS m2
FROM agg_product AS f
WHERE f.order_lines > 0
GROUP BY f.product_key) AS a
LEFT JOIN dim_product AS p ON p.product_key = a.k
GROUP BY p.category_name)
SELECT r.d0 AS category, r.c0 AS sales, r.c1 AS units, r.c2 AS `lines`
FROM (
SELECT g.d0, COALESCE(g.m0, 0) AS c0, COALESCE(g.m1, 0) AS c1, COALESCE(g.m2, 0) AS c2
FROM t0 AS g) AS r
ORDER BY CASE WHEN r.c0 IS NULL THEN 1 ELSE 0 END, r.c0 DESC, CASE WHEN r.d0 IS NULL THEN 1 ELSE 0 END, r.d0 ASC
LIMIT 10001
