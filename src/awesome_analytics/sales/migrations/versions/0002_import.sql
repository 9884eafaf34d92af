-- A file may give one id to several things; the books can't. Who got which id is kept, so that the next
-- file, or the same one again, finds the same order, product or return. Source columns hold what the file
-- says and stay when the books are corrected; the books' own id follows its row.

create table import_order (
    source_order_id natural_key not null,
    source_customer_id natural_key not null,
    order_id natural_key not null unique references tbl_orders on update cascade on delete cascade,
    primary key (source_order_id, source_customer_id)
);
comment on table import_order is 'An order of an imported file: its id there, its customer, its id here';

create table import_product (
    source_product_id natural_key not null,
    product_name name_text not null,
    category name_text not null,
    subcategory name_text not null,
    product_id natural_key not null unique references tbl_products on update cascade on delete cascade,
    primary key (source_product_id, product_name, category, subcategory)
);
comment on table import_product is 'A product of an imported file: id, name and sub-category there, id here';

create table import_return (
    source_return_id natural_key not null,
    order_id natural_key not null references tbl_orders on update cascade on delete cascade,
    return_id natural_key not null unique references tbl_returns on update cascade on delete cascade,
    primary key (source_return_id, return_id)
);
comment on table import_return is 'A return of an imported file: its id there, its order and id here';
