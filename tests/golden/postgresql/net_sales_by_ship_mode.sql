-- from fact_sales, fact_return
WITH t0 AS (
SELECT f.ship_mode AS d0, SUM(f.sales) AS m0, COUNT(DISTINCT f.order_id) AS m2
FROM fact_sales AS f
GROUP BY f.ship_mode),
t1 AS (
SELECT COALESCE(l.ship_mode, 'Unknown') AS d0, SUM(f.returned_sales) AS m1
FROM fact_return AS f
LEFT JOIN fact_sales AS l ON l.order_id = f.order_id AND l.line_no = f.line_no
GROUP BY COALESCE(l.ship_mode, 'Unknown')),
t2 AS (
SELECT d0, SUM(m0) AS m0, SUM(m1) AS m1, SUM(m2) AS m2
FROM (
SELECT d0, m0, CAST(NULL AS DECIMAL(38, 10)) AS m1, m2
FROM t0
UNION ALL
SELECT d0, CAST(NULL AS DECIMAL(38, 10)) AS m0, m1, CAST(NULL AS DECIMAL(38, 10)) AS m2
FROM t1) AS u
GROUP BY d0)
SELECT r.d0 AS ship_mode, r.c0 AS net_sales, r.c1 AS orders
FROM (
SELECT g.d0, (COALESCE(g.m0, 0) - COALESCE(g.m1, 0)) AS c0, COALESCE(g.m2, 0) AS c1
FROM t2 AS g) AS r
ORDER BY CASE WHEN r.d0 IS NULL THEN 1 ELSE 0 END NULLS FIRST, r.d0 ASC NULLS FIRST
LIMIT 10001
