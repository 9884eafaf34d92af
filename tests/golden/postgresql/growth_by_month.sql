-- from agg_day
-- v0 = 20140101
-- v1 = 20141231
-- v2 = 20130101
-- v3 = 20131231
WITH t0 AS (
SELECT (NULLIF(a.k, 0) / 10000) * 12 + (MOD((NULLIF(a.k, 0) / 100), 100) - 1) AS d0, SUM(a.m0) AS m0
FROM (
SELECT f.order_date_key AS k, SUM(f.sales) AS m0
FROM agg_day AS f
WHERE f.order_date_key >= %(v0)s AND f.order_date_key <= %(v1)s AND f.order_lines > 0
GROUP BY f.order_date_key) AS a
GROUP BY (NULLIF(a.k, 0) / 10000) * 12 + (MOD((NULLIF(a.k, 0) / 100), 100) - 1)),
t1 AS (
SELECT (NULLIF(a.k, 0) / 10000) * 12 + (MOD((NULLIF(a.k, 0) / 100), 100) - 1) + 12 AS d0, SUM(a.m1) AS m1
FROM (
SELECT f.order_date_key AS k, SUM(f.sales) AS m1
FROM agg_day AS f
WHERE f.order_date_key >= %(v2)s AND f.order_date_key <= %(v3)s AND f.order_lines > 0
GROUP BY f.order_date_key) AS a
GROUP BY (NULLIF(a.k, 0) / 10000) * 12 + (MOD((NULLIF(a.k, 0) / 100), 100) - 1) + 12),
t2 AS (
SELECT d0, SUM(m0) AS m0, SUM(m1) AS m1
FROM (
SELECT d0, m0, CAST(NULL AS DECIMAL(38, 10)) AS m1
FROM t0
UNION ALL
SELECT d0, CAST(NULL AS DECIMAL(38, 10)) AS m0, m1
FROM t1) AS u
GROUP BY d0
HAVING COUNT(m0) > 0)
SELECT r.d0 AS order_month, r.c0 AS sales, r.c1 AS sales_growth
FROM (
SELECT g.d0, COALESCE(g.m0, 0) AS c0, ROUND(CAST((COALESCE(g.m0, 0) - COALESCE(g.m1, 0)) AS DECIMAL(38, 10)) / NULLIF(CASE WHEN COALESCE(g.m1, 0) > 0 THEN COALESCE(g.m1, 0) END, 0), 8) AS c1
FROM t2 AS g) AS r
ORDER BY CASE WHEN r.d0 IS NULL THEN 1 ELSE 0 END NULLS FIRST, r.d0 ASC NULLS FIRST
LIMIT 10001
