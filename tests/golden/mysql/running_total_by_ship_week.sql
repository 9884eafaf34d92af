-- from fact_sales
-- v0 = 20141001
-- v1 = 20141231
WITH t0 AS (
SELECT ((DATEDIFF(NULLIF(a.k, 0), '1970-01-01') + 10) DIV 7) AS d0, SUM(a.m0) AS m0
FROM (
SELECT f.date_key AS k, SUM(f.profit) AS m0
FROM fact_sales AS f
WHERE f.date_key >= %(v0)s AND f.date_key <= %(v1)s
GROUP BY f.date_key) AS a
GROUP BY ((DATEDIFF(NULLIF(a.k, 0), '1970-01-01') + 10) DIV 7))
SELECT r.d0 AS ship_week, r.c0 AS profit, r.c1 AS profit_running
FROM (
SELECT g.d0, COALESCE(g.m0, 0) AS c0, SUM(COALESCE(g.m0, 0)) OVER (ORDER BY CASE WHEN g.d0 IS NULL THEN 1 ELSE 0 END, g.d0) AS c1
FROM t0 AS g) AS r
ORDER BY CASE WHEN r.d0 IS NULL THEN 1 ELSE 0 END, r.d0 ASC
LIMIT 10001
