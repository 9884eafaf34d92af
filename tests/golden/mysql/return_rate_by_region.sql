-- from agg_day_region
WITH t0 AS (
SELECT f.region AS d0, SUM(f.returned_orders) AS m0
FROM agg_day_region AS f
WHERE f.returned_lines > 0
GROUP BY f.region),
t1 AS (
SELECT f.region AS d0, SUM(f.orders) AS m1
FROM agg_day_region AS f
WHERE f.order_lines > 0
GROUP BY f.region),
t2 AS (
SELECT d0, SUM(m0) AS m0, SUM(m1) AS m1
FROM (
SELECT d0, m0, CAST(NULL AS DECIMAL(38, 10)) AS m1
FROM t0
UNION ALL
SELECT d0, CAST(NULL AS DECIMAL(38, 10)) AS m0, m1
FROM t1) AS u
GROUP BY d0)
SELECT r.d0 AS region, r.c0 AS return_rate
FROM (
SELECT g.d0, ROUND(CAST(COALESCE(g.m0, 0) AS DECIMAL(38, 10)) / NULLIF(COALESCE(g.m1, 0), 0), 8) AS c0
FROM t2 AS g) AS r
ORDER BY CASE WHEN r.d0 IS NULL THEN 1 ELSE 0 END, r.d0 ASC
LIMIT 10001
