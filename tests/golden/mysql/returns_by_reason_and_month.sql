-- from fact_return
-- v0 = Rejected
WITH t0 AS (
SELECT r.return_reason AS d0, (NULLIF(f.return_date_key, 0) DIV 10000) * 12 + (MOD((NULLIF(f.return_date_key, 0) DIV 100), 100) - 1) AS d1, COUNT(DISTINCT f.return_id) AS m0, SUM(f.returned_sales) AS m1
FROM fact_return AS f
LEFT JOIN dim_return AS r ON r.return_key = f.return_key
WHERE f.return_key IN (
SELECT return_key
FROM dim_return
WHERE return_status <> %(v0)s)
GROUP BY r.return_reason, (NULLIF(f.return_date_key, 0) DIV 10000) * 12 + (MOD((NULLIF(f.return_date_key, 0) DIV 100), 100) - 1))
SELECT r.d0 AS return_reason, r.d1 AS return_month, r.c0 AS returns, r.c1 AS returned_sales
FROM (
SELECT g.d0, g.d1, COALESCE(g.m0, 0) AS c0, COALESCE(g.m1, 0) AS c1
FROM t0 AS g) AS r
ORDER BY CASE WHEN r.d0 IS NULL THEN 1 ELSE 0 END, r.d0 ASC, CASE WHEN r.d1 IS NULL THEN 1 ELSE 0 END, r.d1 ASC
LIMIT 10001
