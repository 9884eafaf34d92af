-- from agg_day
WITH t0 AS (
SELECT SUM(f.sales) AS m0
FROM agg_day AS f
WHERE f.order_lines > 0)
SELECT r.c0 AS sales
FROM (
SELECT COALESCE(g.m0, 0) AS c0
FROM t0 AS g) AS r
LIMIT 10001
