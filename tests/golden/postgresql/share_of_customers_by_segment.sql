-- from fact_sales
WITH t0 AS (
SELECT f.market AS d0, COUNT(DISTINCT f.customer_key) AS m0
FROM fact_sales AS f
GROUP BY f.market),
t1 AS (
SELECT d0 AS s_d0, c0 AS w1
FROM (
SELECT g.d0, COALESCE(g.m0, 0) AS c0
FROM t0 AS g) AS r),
t2 AS (
SELECT c.segment_name AS d0, f.market AS d1, COUNT(DISTINCT f.customer_key) AS m0, SUM(f.sales) AS m1
FROM fact_sales AS f
LEFT JOIN dim_customer AS c ON c.customer_key = f.customer_key
GROUP BY c.segment_name, f.market)
SELECT r.d0 AS segment, r.d1 AS market, r.c0 AS customers, r.c1 AS customers_share, r.c2 AS sales_share
FROM (
SELECT g.d0, g.d1, COALESCE(g.m0, 0) AS c0, ROUND(CAST(COALESCE(g.m0, 0) AS DECIMAL(38, 10)) / NULLIF(w.w1, 0), 8) AS c1, ROUND(CAST(COALESCE(g.m1, 0) AS DECIMAL(38, 10)) / NULLIF(SUM(COALESCE(g.m1, 0)) OVER (PARTITION BY g.d1), 0), 8) AS c2
FROM t2 AS g
LEFT JOIN t1 AS w ON g.d1 IS NOT DISTINCT
FROM w.s_d0) AS r
ORDER BY CASE WHEN r.d0 IS NULL THEN 1 ELSE 0 END NULLS FIRST, r.d0 ASC NULLS FIRST, CASE WHEN r.d1 IS NULL THEN 1 ELSE 0 END NULLS FIRST, r.d1 ASC NULLS FIRST
LIMIT 10001
