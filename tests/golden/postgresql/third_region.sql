-- from agg_day_region
WITH t0 AS (
SELECT f.region AS d0, SUM(f.sales) AS m0
FROM agg_day_region AS f
WHERE f.order_lines > 0
GROUP BY f.region)
SELECT r.d0 AS region, r.c0 AS sales
FROM (
SELECT g.d0, COALESCE(g.m0, 0) AS c0
FROM t0 AS g) AS r
ORDER BY CASE WHEN r.c0 IS NULL THEN 1 ELSE 0 END NULLS FIRST, r.c0 DESC NULLS LAST, CASE WHEN r.d0 IS NULL THEN 1 ELSE 0 END NULLS FIRST, r.d0 ASC NULLS FIRST
LIMIT 1 OFFSET 2
