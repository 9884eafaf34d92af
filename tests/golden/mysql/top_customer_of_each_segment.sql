-- from fact_sales
WITH t0 AS (
SELECT c.segment_name AS d0, c.customer_key AS d1_k, c.customer_name AS d1, SUM(a.m0) AS m0
FROM (
SELECT f.customer_key AS k, SUM(f.sales) AS m0
FROM fact_sales AS f
GROUP BY f.customer_key) AS a
LEFT JOIN dim_customer AS c ON c.customer_key = a.k
GROUP BY c.segment_name, c.customer_key, c.customer_name)
SELECT r.d0 AS segment, r.d1 AS customer, r.c0 AS sales
FROM (
SELECT r.*, ROW_NUMBER() OVER (PARTITION BY r.d0
ORDER BY CASE WHEN r.c0 IS NULL THEN 1 ELSE 0 END, r.c0 DESC, CASE WHEN r.d0 IS NULL THEN 1 ELSE 0 END, r.d0 ASC, CASE WHEN r.d1 IS NULL THEN 1 ELSE 0 END, r.d1 ASC, CASE WHEN r.d1_k IS NULL THEN 1 ELSE 0 END, r.d1_k ASC) AS place
FROM (
SELECT g.d0, g.d1, g.d1_k, COALESCE(g.m0, 0) AS c0
FROM t0 AS g) AS r) AS r
WHERE place <= 1
ORDER BY CASE WHEN r.c0 IS NULL THEN 1 ELSE 0 END, r.c0 DESC, CASE WHEN r.d0 IS NULL THEN 1 ELSE 0 END, r.d0 ASC, CASE WHEN r.d1 IS NULL THEN 1 ELSE 0 END, r.d1 ASC, CASE WHEN r.d1_k IS NULL THEN 1 ELSE 0 END, r.d1_k ASC
LIMIT 10001
