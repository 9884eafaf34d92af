-- A file may give one Order ID of one customer two dates: those are two orders, told apart by the date the
-- file says. What was imported before has one order for both; its date is the only one known.
alter table import_order add column source_order_date shop_date;
update import_order i set source_order_date = o.order_date from tbl_orders o where o.order_id = i.order_id;
alter table import_order alter column source_order_date set not null;
alter table import_order drop constraint import_order_pkey;
alter table import_order add primary key (source_order_id, source_customer_id, source_order_date);
comment on table import_order is 'An order of an imported file: its id there, its customer and date, its id here';
