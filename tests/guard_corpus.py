"""SQL that a model might write: what must never run, what must always run, and damaged forms of both."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import sqlglot
from sqlglot import exp

ANY_HOSTILE = """
select * from canary
select secret from canary
select sales from fact_sales union select secret from canary
select (select secret from canary limit 1) as a from fact_sales
select sales from fact_sales where exists (select 1 from canary)
with c as (select secret from canary) select * from c
with fact_sales as (select secret as sales from canary) select sales from fact_sales
with canary as (select * from canary) select * from canary
select * from fact_sales join canary on true
select * from fact_sales, canary
select * from etl_log
select watermark from etl_log
select * from alembic_version
select table_name from information_schema.tables
select * from awesome_oltp.tbl_customers
select * from tbl_customers
select 1
select 'hello'
insert into fact_sales values (1)
update fact_sales set sales = 0
delete from fact_sales
drop table fact_sales
truncate table fact_sales
create table x as select * from fact_sales
alter table fact_sales add column x int
grant all on fact_sales to public
select sales from fact_sales; drop table fact_sales
select sales from fact_sales; select secret from canary
select sales from fact_sales for update
select sales from fact_sales for share
select version() from fact_sales
select current_user from fact_sales
select user() from fact_sales
select session_user from fact_sales
select database() from fact_sales
select current_schema from fact_sales
select sleep(10) from fact_sales
select pg_sleep(10) from fact_sales
select repeat('a', 1000000000) from fact_sales
select lpad('a', 1000000000) from fact_sales
select load_file('/etc/passwd') from fact_sales
select pg_read_file('/etc/passwd') from fact_sales
select md5(secret) from canary
select customer_name from dim_customer where sleep(5) = 0
select sales from fact_sales order by (select secret from canary)
select sales from fact_sales where sales = (select sleep(10))
select sales from fact_sales limit (select 1)
select sales from fact_sales limit 1 offset (select 1)
select sum(sales) over (order by (select secret from canary)) from fact_sales
select case when (select secret from canary) like 'C%' then 1 end from fact_sales
with recursive n as (select 1 as i union all select i + 1 from n) select i from n, fact_sales
select fact_sales from fact_sales
select f from fact_sales f
select f as f from fact_sales f
select f.secret from fact_sales f
select canary.secret from fact_sales
select nothing from fact_sales
select region from dim_customer
select market, count(*) from dim_customer group by market
select c.region, sum(f.sales) from fact_sales f join dim_customer c on c.customer_key = f.customer_key group by c.region
select sum(f.sales) from fact_sales f join dim_customer c using (customer_key) where c.market = 'EU'
select sum(f.sales) from fact_sales f natural join dim_customer c
select sum(f.sales) from fact_sales f join dim_customer c using (customer_key, region)
select * from dim_customer
select c.customer_name from dim_customer c(customer_key, customer_id, x, customer_name)
select f.sales from fact_sales as load_file("x") f
select c.* from dim_customer c
select x.region from (select * from dim_customer) x
with c as (select customer_key, region from dim_customer) select region from c
select x.r from (select region as r from dim_customer) x
select count(distinct region) from dim_customer
select sales from fact_sales where region in (select region from dim_customer)
select current_date - 1 from fact_sales
select sales from fact_sales into outfile '/tmp/x'
select sales into newtable from fact_sales
explain select sales from fact_sales
explain analyze select sales from fact_sales
call something()
show tables
set @x = 1
begin
commit
copy fact_sales to '/tmp/x'
table fact_sales
values (1)
select * from (values (1)) v, fact_sales
select sales from fact_sales /*! union select secret from canary */
select sales from fact_sales /*!50000 union select secret from canary */
select sales from fact_sales /*M! union select secret from canary */
select /*+ set_var(max_execution_time=0) */ sales from fact_sales
select regexp_replace(customer_name, '(a+)+$', '') from dim_customer
select sales from fact_sales where order_id ~ '(a+)+$'
select ((((((((((((((((((((((((((((((sales)))))))))))))))))))))))))))))) from fact_sales
select replace(replace(order_id, 'O', 'OOOOOOOO'), 'O', 'OOOOOO') from fact_sales
select power(9, 999999999) from fact_sales
select 1e400 from fact_sales
select cast(order_id as json) from fact_sales
select x'41' from fact_sales
select 'a\\' or 1=1 -- ' from fact_sales
select unknown_function(sales) from fact_sales
select sales as pg_user from fact_sales
select sales from fact_sales tablesample system (1)
select json_arrayagg(order_id) from fact_sales
select row_to_json(f) from fact_sales f
select array_agg(f) from fact_sales f
kill 1
do sleep(5)
analyze table fact_sales
""".strip().splitlines()

ONLY_MYSQL = """
set statement max_statement_time=0 for select sales from fact_sales
set session max_execution_time = 0
select sales into @x from fact_sales
select @x := 1 from fact_sales
select @@version from fact_sales
select @@global.datadir from fact_sales
select * from mysql.user
select benchmark(1000000000, md5('a')) from fact_sales
select sales from fact_sales lock in share mode
select sales from fact_sales procedure analyse()
select sales from fact_sales into dumpfile '/tmp/x'
load data infile '/etc/passwd' into table fact_sales
handler fact_sales open
select get_lock('a', 10) from fact_sales
select 1--1 from fact_sales
select sql_calc_found_rows sales from fact_sales
select high_priority sales from fact_sales
select sales from fact_sales force index (primary)
select sales from fact_sales partition (p0) as f
select _utf8'abc' from fact_sales
select * from `fact_sales` where `order_id` = '\\'' union select secret from canary -- '
select extractvalue(1, concat(0x7e, (select secret from canary))) from fact_sales
select updatexml(1, 'a', 1) from fact_sales
select uuid_short() from fact_sales
select row_count() from fact_sales
select found_rows() from fact_sales
select last_insert_id(5) from fact_sales
select name_const('a', 1) from fact_sales
select sys_exec('id') from fact_sales
select * from sys.session
select * from performance_schema.threads
prepare s from 'select 1'
execute immediate 'select secret from canary'
select sales from fact_sales for system_time all
select convert(order_id using latin1) from fact_sales
select order_id collate utf8mb4_general_ci from fact_sales
select json_table('[]', '$' columns (a int path '$')) from fact_sales
""".strip().splitlines()

ONLY_POSTGRESQL = """
select pg_read_binary_file('x') from fact_sales
select lo_import('/etc/passwd') from fact_sales
select dblink('a', 'b') from fact_sales
select current_setting('data_directory') from fact_sales
select set_config('statement_timeout', '0', false) from fact_sales
select query_to_xml('select secret from canary', true, true, '') from fact_sales
select * from pg_catalog.pg_user
select * from pg_user
with pg_user as (select * from pg_user) select * from pg_user
select * from pg_stat_activity
select 'canary'::regclass from fact_sales
select cast('canary' as regclass)::oid from fact_sales
select ctid from fact_sales
select xmin from fact_sales
select tableoid::regclass from fact_sales
select * from generate_series(1, 1000000000), fact_sales
select generate_series(1, 1000000000) from fact_sales
select sales from fact_sales, lateral (select secret from canary) x
select sales from only fact_sales
select U&'\\0041' from fact_sales
select E'a\\'b' from fact_sales
select $$abc$$ || pg_sleep(1) from fact_sales
select $tag$ canary $tag$ from fact_sales, canary
select (f).sales from fact_sales f
select f.sales(f) from fact_sales f
select row(f.*) from fact_sales f
select f::text from fact_sales f
select count(f) from fact_sales f
select max(c.*) from dim_customer c
select string_agg(c.*::text, ',') from dim_customer c
select count(distinct c.*) from dim_customer c
select max(*) from fact_sales
select (array(select secret from canary))[1] from fact_sales
select array[sales] from fact_sales
select 9.9 ^ 99999 from fact_sales
select 100000 ! from fact_sales
select nextval('x') from fact_sales
select pg_cancel_backend(1) from fact_sales
select pg_advisory_lock(1) from fact_sales
select txid_current() from fact_sales
select sales from fact_sales for no key update
select sales from fact_sales fetch first 50 percent rows only
select sales from fact_sales fetch first 5 rows with ties
select xmlparse(document '<a/>') from fact_sales
select to_regclass('canary') from fact_sales
select has_table_privilege('canary', 'select') from fact_sales
do $$ begin perform pg_sleep(10); end $$
listen x
notify x
vacuum
select * from fact_sales where (sales, quantity) = any (select secret, 1 from canary)
select format('%s', secret) from canary
select sales from fact_sales where order_id similar to '(a|b)*c'
with d as (delete from fact_sales returning *) select * from d
""".strip().splitlines()

HOSTILE: Mapping[str, Sequence[str]] = {
    "mysql": [*ANY_HOSTILE, *ONLY_MYSQL, *ONLY_POSTGRESQL],
    "postgresql": [*ANY_HOSTILE, *ONLY_POSTGRESQL, *ONLY_MYSQL],
}

_FIGURES = (
    "SUM(fs.sales) AS total_sales",
    "SUM(fs.profit) AS total_profit",
    "SUM(fs.quantity) AS units",
    "COUNT(DISTINCT fs.order_id) AS orders",
    "ROUND(SUM(fs.profit) / NULLIF(SUM(fs.sales), 0) * 100, 1) AS margin_pct",
    "AVG(fs.discount_rate) AS avg_discount",
)
_GROUPS = (
    ("dp.category_name", "JOIN dim_product dp ON fs.product_key = dp.product_key"),
    ("dp.subcategory_name", "INNER JOIN dim_product AS dp ON dp.product_key = fs.product_key"),
    ("dc.segment_name", "JOIN dim_customer dc ON fs.customer_key = dc.customer_key"),
    ("fs.region", ""),
    ("fs.market", ""),
    ("fs.ship_mode", ""),
    ("dd.year", "JOIN dim_date dd ON fs.order_date_key = dd.date_key"),
)
_CONDITIONS = (
    "",
    "WHERE fs.market = 'EU'",
    "WHERE fs.region IN ('East', 'West') AND fs.quantity > 2",
    "WHERE fs.order_date_key BETWEEN 20140101 AND 20141231",
    "WHERE fs.sales >= 1000.50 OR fs.profit < -5",
)


def benign(dialect: str) -> Iterator[str]:
    """What a manager's model would write: at least 200 statements."""
    for figure, (group, join), condition in product(_FIGURES, _GROUPS, _CONDITIONS):
        name = figure.rsplit(" ", 1)[1]
        yield (
            f"SELECT {group}, {figure} FROM FACT_SALES fs {join} {condition} "
            f"GROUP BY {group} ORDER BY {name} DESC LIMIT 10;"
        )
    yield from _ANY_BENIGN
    yield from _MYSQL_BENIGN if dialect == "mysql" else _POSTGRESQL_BENIGN


_ANY_BENIGN = """
SELECT COUNT(*) FROM fact_sales
SELECT sum(sales) FROM fact_sales -- all of it
SELECT /* the whole */ sum(sales) AS "total" FROM fact_sales
SELECT * FROM fact_sales LIMIT 5
SELECT fs.* FROM fact_sales fs ORDER BY fs.sales DESC LIMIT 3
SELECT DISTINCT market, region FROM fact_sales ORDER BY market, region
SELECT customer_name, segment_name FROM dim_customer WHERE customer_key > 0
SELECT product_name FROM dim_product WHERE product_name LIKE '%Chair%' OR lower(product_name) LIKE 'mac%'
SELECT product_name FROM dim_product p WHERE NOT EXISTS (SELECT 1 FROM fact_sales f WHERE f.product_key = p.product_key)
SELECT p.product_name FROM dim_product p LEFT JOIN fact_sales f ON f.product_key = p.product_key WHERE f.order_id IS NULL
SELECT return_reason, COUNT(*) AS n FROM dim_return WHERE return_key <> 0 GROUP BY return_reason HAVING COUNT(*) >= 1
SELECT return_region, return_status FROM dim_return ORDER BY 1, 2
SELECT d.day_of_week, SUM(f.sales) AS s FROM fact_sales f JOIN dim_date d ON d.date_key = f.order_date_key GROUP BY d.day_of_week ORDER BY s DESC
SELECT d.year, d.quarter, SUM(f.sales) s FROM fact_sales f JOIN dim_date d ON d.date_key = f.order_date_key WHERE d.year IN (2013, 2014) GROUP BY d.year, d.quarter ORDER BY d.year, d.quarter
SELECT d.month_name, SUM(f.sales) s FROM fact_sales f, dim_date d WHERE d.date_key = f.order_date_key AND d.year = 2014 GROUP BY d.month, d.month_name ORDER BY d.month
SELECT SUM(CASE WHEN f.profit < 0 THEN 1 ELSE 0 END) AS losses, COUNT(*) AS lines_ FROM fact_sales f
SELECT f.order_id, SUM(f.sales) AS s FROM fact_sales f GROUP BY f.order_id HAVING SUM(f.sales) > 500 ORDER BY s DESC
WITH t AS (SELECT product_key, SUM(sales) AS s FROM fact_sales GROUP BY product_key) SELECT p.product_name, t.s FROM t JOIN dim_product p ON p.product_key = t.product_key ORDER BY t.s DESC LIMIT 5
WITH a AS (SELECT market, SUM(sales) AS s FROM fact_sales GROUP BY market), b AS (SELECT SUM(s) AS total FROM a) SELECT a.market, a.s / NULLIF(b.total, 0) AS share FROM a CROSS JOIN b
WITH ranked AS (SELECT region, product_key, SUM(sales) AS s, ROW_NUMBER() OVER (PARTITION BY region ORDER BY SUM(sales) DESC) AS rn FROM fact_sales GROUP BY region, product_key) SELECT * FROM ranked WHERE rn <= 3
SELECT region, s, RANK() OVER (ORDER BY s DESC) AS r FROM (SELECT region, SUM(sales) AS s FROM fact_sales GROUP BY region) x
SELECT region, SUM(sales) AS s, SUM(SUM(sales)) OVER (ORDER BY region ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS running FROM fact_sales GROUP BY region
WITH m AS (SELECT d.year AS y, SUM(f.sales) AS s FROM fact_sales f JOIN dim_date d ON d.date_key = f.order_date_key GROUP BY d.year) SELECT y, s, LAG(s) OVER (ORDER BY y) AS before_ FROM m
SELECT segment_name, AVG(s) AS average FROM (SELECT c.segment_name, f.order_id, SUM(f.sales) AS s FROM fact_sales f JOIN dim_customer c ON c.customer_key = f.customer_key GROUP BY c.segment_name, f.order_id) o GROUP BY segment_name
SELECT SUM(r.returned_sales) FROM fact_return r JOIN dim_product p ON p.product_key = r.product_key WHERE p.category_name = 'Furniture'
SELECT COUNT(DISTINCT r.return_id) * 100.0 / NULLIF((SELECT COUNT(DISTINCT order_id) FROM fact_sales), 0) AS rate FROM fact_return r
SELECT order_id FROM fact_sales WHERE order_id NOT IN (SELECT order_id FROM fact_return)
SELECT region FROM fact_sales UNION SELECT return_region FROM dim_return ORDER BY region
SELECT 'sales' AS what, SUM(sales) AS amount FROM fact_sales UNION ALL SELECT 'returns', SUM(returned_sales) FROM fact_return
SELECT order_priority, COALESCE(SUM(sales), 0) FROM fact_sales GROUP BY order_priority
SELECT UPPER(ship_mode), ABS(SUM(profit)), ROUND(AVG(sales), 2), MIN(sales), MAX(sales) FROM fact_sales GROUP BY UPPER(ship_mode)
SELECT customer_key FROM fact_sales GROUP BY customer_key HAVING COUNT(DISTINCT order_id) > (SELECT AVG(n) FROM (SELECT COUNT(DISTINCT order_id) AS n FROM fact_sales GROUP BY customer_key) x)
SELECT f.product_key FROM fact_sales f WHERE f.sales > ALL (SELECT returned_sales FROM fact_return)
SELECT customer_name FROM dim_customer WHERE customer_name = 'O''Brien'
SELECT customer_name FROM dim_customer WHERE customer_name = 'José Ñandú; drop table x'
SELECT EXTRACT(YEAR FROM d.date) AS y, COUNT(*) FROM dim_date d GROUP BY EXTRACT(YEAR FROM d.date)
SELECT SUM(sales) FROM fact_sales f JOIN dim_date d ON d.date_key = f.date_key WHERE d.date >= CURRENT_DATE
SELECT s.order_id, r.return_id FROM fact_sales s JOIN fact_return r ON r.order_id = s.order_id AND r.line_no = s.line_no
SELECT ship_mode, COUNT(*) FROM fact_sales WHERE date_key - order_date_key > 3 GROUP BY ship_mode
SELECT NTILE(4) OVER (ORDER BY sales) AS quartile, sales FROM fact_sales
SELECT LEFT(product_name, 10), LENGTH(product_name), TRIM(product_name), SUBSTRING(product_name, 1, 3) FROM dim_product
""".strip().splitlines()

_MYSQL_BENIGN = """
SELECT `fs`.`region` AS `Region`, SUM(`fs`.`sales`) AS `Total Sales` FROM `fact_sales` AS `fs` GROUP BY `fs`.`region` ORDER BY `Total Sales` DESC
SELECT FS.region, SUM(FS.sales) FROM FACT_SALES FS GROUP BY FS.region
SELECT DATE_FORMAT(d.date, '%Y-%m') AS ym, SUM(f.sales) FROM fact_sales f JOIN dim_date d ON d.date_key = f.order_date_key GROUP BY ym ORDER BY ym
SELECT YEAR(d.date), MONTH(d.date), QUARTER(d.date), WEEK(d.date, 3), DAYNAME(d.date), WEEKDAY(d.date) FROM dim_date d
SELECT SUM(f.sales) FROM fact_sales f JOIN dim_date d ON d.date_key = f.order_date_key WHERE d.date >= DATE_SUB(CURDATE(), INTERVAL 7 DAY)
SELECT SUM(f.sales) FROM fact_sales f JOIN dim_date d ON d.date_key = f.order_date_key WHERE d.date BETWEEN '2014-01-01' AND DATE_ADD('2014-01-01', INTERVAL 1 MONTH)
SELECT SUM(f.sales) FROM fact_sales f JOIN dim_date d ON d.date_key = f.order_date_key WHERE d.date > NOW() - INTERVAL 1 YEAR
SELECT AVG(DATEDIFF(s.date, o.date)) FROM fact_sales f JOIN dim_date s ON s.date_key = f.date_key JOIN dim_date o ON o.date_key = f.order_date_key
SELECT TIMESTAMPDIFF(MONTH, MIN(d.date), MAX(d.date)) FROM dim_date d
SELECT IF(SUM(profit) > 0, 'gain', 'loss') AS kind_, IFNULL(SUM(sales), 0) FROM fact_sales
SELECT GROUP_CONCAT(DISTINCT region ORDER BY region SEPARATOR ', ') FROM fact_sales
SELECT CONCAT(year, '-Q', quarter) AS q FROM dim_date GROUP BY year, quarter ORDER BY year DESC, quarter LIMIT 2, 5
SELECT CAST(SUM(sales) AS DECIMAL(12, 2)), CAST(SUM(quantity) AS SIGNED), SUM(quantity) DIV 2, SUM(quantity) % 2 FROM fact_sales
SELECT region, SUM(sales) FROM fact_sales GROUP BY region WITH ROLLUP
SELECT LAST_DAY(date), DATE(date) FROM dim_date
SELECT STDDEV_SAMP(sales), VAR_POP(sales) FROM fact_sales
SELECT product_name FROM dim_product WHERE LOCATE('Chair', product_name) > 0
""".strip().splitlines()

_POSTGRESQL_BENIGN = """
SELECT fs.region AS "Region", SUM(fs.sales) AS "Total Sales" FROM "fact_sales" AS fs GROUP BY fs.region ORDER BY "Total Sales" DESC
SELECT FS.region, SUM(FS.sales) FROM FACT_SALES FS GROUP BY FS.region
SELECT TO_CHAR(d.date, 'YYYY-MM') AS ym, SUM(f.sales) FROM fact_sales f JOIN dim_date d ON d.date_key = f.order_date_key GROUP BY 1 ORDER BY 1
SELECT DATE_TRUNC('month', d.date)::date AS m, SUM(f.sales) FROM fact_sales f JOIN dim_date d ON d.date_key = f.order_date_key GROUP BY 1
SELECT SUM(f.sales) FROM fact_sales f JOIN dim_date d ON d.date_key = f.order_date_key WHERE d.date >= CURRENT_DATE - INTERVAL '7 days'
SELECT SUM(f.sales) FROM fact_sales f JOIN dim_date d ON d.date_key = f.order_date_key WHERE d.date > now() - interval '1 year'
SELECT SUM(f.sales) FROM fact_sales f JOIN dim_date d ON d.date_key = f.order_date_key WHERE d.date >= DATE '2014-01-01' AND d.date < DATE '2014-01-01' + 31
SELECT AVG(s.date - o.date) FROM fact_sales f JOIN dim_date s ON s.date_key = f.date_key JOIN dim_date o ON o.date_key = f.order_date_key
SELECT SUM(sales) FILTER (WHERE market = 'EU') AS eu, COUNT(*) FILTER (WHERE profit < 0) AS losses FROM fact_sales
SELECT STRING_AGG(DISTINCT region, ', ' ORDER BY region) FROM fact_sales
SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY sales) AS median FROM fact_sales
SELECT ROUND(SUM(profit)::numeric / NULLIF(SUM(sales), 0), 4) FROM fact_sales
SELECT DISTINCT ON (region) region, order_id, sales FROM fact_sales ORDER BY region, sales DESC
SELECT product_name FROM dim_product WHERE product_name ILIKE '%chair%'
SELECT region || ' / ' || market FROM fact_sales ORDER BY 1 NULLS LAST FETCH FIRST 5 ROWS ONLY
SELECT region, SUM(sales) FROM fact_sales GROUP BY ROLLUP (region)
SELECT EXTRACT(ISODOW FROM date), EXTRACT(QUARTER FROM date) FROM dim_date WHERE DATE_PART('year', date) = 2024
""".strip().splitlines()

_PIECES = (
    *["'", '"', "`", ";", "--", "#", "/*", "*/", "/*!", "(", ")", ",", ".", "*", "@", "@@", ":=", "::", "$$", "\\", "\x00", "=", "<", ">", "|", "||", "+", "^", "~", "!", "?", ":", "[", "]", "{", "}", "%", "0x", "1e9"],
    *[" union select secret from canary", " into outfile 'x'", " for update", " limit 1", " or 1=1", " canary", " secret", " sleep(1)", " pg_sleep(1)", " from ", " select ", " where ", " join ", " with a as (", " procedure ", " lateral ", " ctid", " dim_customer", " region", " mysql.user", " pg_user", " load_file('x')", " * ", " null ", " case when ", " end"],
    "\n", "\t", "\u2028", "é", "\ud800",
)  # fmt: skip


def mutated(dialect: str, *, seed: int, count: int) -> Iterator[str]:
    """Statements of both kinds, half of them with text damaged, half with parts of the tree exchanged."""
    chance = random.Random(seed)
    sources = [*benign(dialect), *HOSTILE[dialect]]
    words = sorted({word for source in sources for word in _WORD.findall(source)})
    read = "postgres" if dialect == "postgresql" else dialect
    trees = [tree for source in sources for tree in _trees(source, read)]
    parts = [node for tree in trees for node in tree.walk() if node.parent]
    for turn in range(count):
        if turn % 2:
            yield _written(_exchanged(chance.choice(trees), parts, chance), read)
            continue
        text = chance.choice(sources)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            text = _mutation(text, sources, words, chance)
        yield text


def _trees(source: str, read: str) -> list[exp.Expr]:
    try:
        tree = sqlglot.parse_one(source, read=read)
    except sqlglot.errors.SqlglotError:
        return []
    return [tree] if isinstance(tree, exp.Query) else []


def _written(tree: exp.Expr, read: str) -> str:
    try:
        return tree.sql(read)
    except Exception as error:  # a tree that no statement has
        return str(error)


def _exchanged(tree: exp.Expr, parts: Sequence[exp.Expr], chance: random.Random) -> exp.Expr:
    """A copy in which one or two parts are others', mostly of the same kind."""
    tree = tree.copy()
    for _ in range(chance.choice((1, 1, 2))):
        place = chance.choice([node for node in tree.walk() if node.parent])
        other = chance.choice(parts)
        for _ in range(40):
            if isinstance(other, type(place)) or (isinstance(other, exp.Condition) and chance.random() < 0.2):
                break
            other = chance.choice(parts)
        place.replace(other.copy())
    return tree


_WORD = re.compile(r"\w+|'[^']*'|[^\w\s]")


def _mutation(text: str, sources: Sequence[str], words: Sequence[str], chance: random.Random) -> str:
    kind = chance.randrange(8)
    start = chance.randint(0, len(text))
    end = min(len(text), start + chance.randint(0, 12))
    if kind == 0:
        return text[:start] + text[end:]
    if kind == 1:
        return text[:start] + chance.choice(_PIECES) + text[start:]
    if kind == 2:
        return text[:start] + chance.choice(_PIECES) + text[end:]
    if kind == 3:
        other = chance.choice(sources)
        return text[:start] + other[chance.randint(0, len(other)) :]
    found = list(_WORD.finditer(text))
    if not found:
        return text
    place = chance.choice(found)
    if kind == 4:
        return text[: place.end()] + " " + place[0] + text[place.end() :]
    other_word = chance.choice(words) if kind < 7 else chance.choice(found)[0]
    return text[: place.start()] + other_word + text[place.end() :]
