-- from agg_day
-- v0 = 20141202
-- v1 = 20141231
WITH t0 AS (
SELECT (MAKE_DATE((NULLIF(a.k, 0) / 10000), MOD((NULLIF(a.k, 0) / 100), 100), MOD(NULLIF(a.k, 0), 100)) - CAST('1970-01-01' AS DATE)) AS d0, SUM(a.m0) AS m0
FROM (
SELECT f.order_date_key AS k, SUM(f.sales) AS m0
FROM agg_day AS f
WHERE f.order_date_key >= %(v0)s AND f.order_date_key <= %(v1)s AND f.order_lines > 0
GROUP BY f.order_date_key) AS a
GROUP BY (MAKE_DATE((NULLIF(a.k, 0) / 10000), MOD((NULLIF(a.k, 0) / 100), 100), MOD(NULLIF(a.k, 0), 100)) - CAST('1970-01-01' AS DATE)))
SELECT r.d0 AS order_day, r.c0 AS sales
FROM (
SELECT g.d0, COALESCE(g.m0, 0) AS c0
FROM t0 AS g) AS r
ORDER BY CASE WHEN r.d0 IS NULL THEN 1 ELSE 0 END NULLS FIRST, r.d0 ASC NULLS FIRST
LIMIT 10001
