-- The tables of one tenant, named and shaped as in Odoo where an audit reads them.
-- Numbers are double precision, so that they come out of JSON as in Odoo.

create table ir_module_module (id serial primary key, name text, state text default 'installed');
insert into ir_module_module (name) values ('base'), ('web'), ('rpc'), ('stock'), ('sale'), ('sale_management'),
  ('sale_stock'), ('purchase'), ('purchase_stock'), ('account'), ('stock_account'), ('delivery'), ('stock_delivery'),
  ('product'), ('stock_picking_batch'),
  ('base_import'), ('harness_connector');

create table res_company (id serial primary key, name text);
insert into res_company (name) values ('Embedded Logistics');
create table res_partner (
  id serial primary key, name text not null, email text, ref text, customer_rank int default 0, supplier_rank int default 0,
  active boolean default true, create_date timestamp default (now() at time zone 'utc'));
create table res_users (id serial primary key, login text unique, name text, password text, partner_id int);
create table res_users_apikeys (id serial primary key, user_id int, name text, key text unique);

create table stock_location (
  id serial primary key, name text, complete_name text, usage text, active boolean default true, location_id int);
insert into stock_location (id, name, complete_name, usage) values
  (4, 'Vendors', 'Partners/Vendors', 'supplier'), (5, 'Customers', 'Partners/Customers', 'customer'),
  (8, 'Stock', 'WH/Stock', 'internal'), (14, 'Inventory adjustment', 'Virtual Locations/Inventory adjustment', 'inventory');
alter sequence stock_location_id_seq start 20 restart;
create table stock_picking_type (
  id int primary key, name text, code text, default_location_src_id int, default_location_dest_id int,
  sequence int default 1, active boolean default true);
insert into stock_picking_type values (1, 'Receipts', 'incoming', 4, 8), (2, 'Delivery Orders', 'outgoing', 8, 5),
  (5, 'Internal Transfers', 'internal', 8, 8);
create table stock_warehouse (id int primary key, name text, code text, lot_stock_id int);
insert into stock_warehouse values (1, 'Embedded Logistics', 'WH', 8);

create table product_product (
  id serial primary key, name text not null, default_code text, barcode text, list_price double precision default 1,
  standard_price double precision default 0, type text default 'consu', is_storable boolean default false,
  tracking text default 'none', invoice_policy text default 'order', sale_ok boolean default true, purchase_ok boolean default true,
  active boolean default true, create_date timestamp default (now() at time zone 'utc'));
create index on product_product (default_code);
create table stock_lot (
  id serial primary key, name text not null, product_id int not null, company_id int default 1,
  create_date timestamp default (now() at time zone 'utc'), unique (product_id, name));
create table stock_package (id serial primary key, name text);
create table stock_quant (
  id serial primary key, product_id int not null, location_id int not null, lot_id int, quantity double precision not null default 0,
  reserved_quantity double precision not null default 0, inventory_quantity double precision, company_id int default 1,
  in_date timestamp default (now() at time zone 'utc'));
create index on stock_quant (product_id, location_id);

create sequence sale_order_name;
create table sale_order (
  id serial primary key, name text, client_order_ref text, origin text, partner_id int, state text default 'draft',
  invoice_status text default 'no', delivery_status text, amount_total double precision default 0, company_id int default 1,
  date_order timestamp default (now() at time zone 'utc'), create_date timestamp default (now() at time zone 'utc'));
create index on sale_order (client_order_ref);
create index on sale_order (name);
create table sale_order_line (
  id serial primary key, order_id int not null, product_id int, name text, product_uom_qty double precision default 1,
  qty_delivered double precision default 0, qty_invoiced double precision default 0, price_unit double precision default 1);
create index on sale_order_line (order_id);

create sequence purchase_order_name;
create table purchase_order (
  id serial primary key, name text, partner_ref text, origin text, partner_id int, state text default 'draft',
  amount_total double precision default 0, company_id int default 1,
  date_order timestamp default (now() at time zone 'utc'), create_date timestamp default (now() at time zone 'utc'));
create index on purchase_order (partner_ref);
create table purchase_order_line (
  id serial primary key, order_id int not null, product_id int, name text, product_qty double precision default 1,
  qty_received double precision default 0, price_unit double precision default 1);
create index on purchase_order_line (order_id);

create sequence picking_out_name;
create sequence picking_in_name;
create sequence picking_int_name;
create table stock_picking (
  id serial primary key, name text, origin text, sale_id int, purchase_id int, partner_id int, state text default 'draft',
  picking_type_id int, picking_type_code text, location_id int, location_dest_id int, backorder_id int, return_id int, batch_id int,
  carrier_tracking_ref text, company_id int default 1, scheduled_date timestamp default (now() at time zone 'utc'),
  date_done timestamp, create_date timestamp default (now() at time zone 'utc'));
create index on stock_picking (sale_id);
create index on stock_picking (purchase_id);
create index on stock_picking (origin);
create index on stock_picking (batch_id);
create table stock_picking_batch (id serial primary key, name text, state text default 'draft', company_id int default 1);
create table stock_move (
  id serial primary key, picking_id int, product_id int not null, product_uom_qty double precision default 0,
  quantity double precision default 0, picked boolean default false, state text default 'draft', origin text, name text,
  sale_line_id int, purchase_line_id int, location_id int, location_dest_id int, is_inventory boolean default false,
  company_id int default 1, date timestamp default (now() at time zone 'utc'), create_date timestamp default (now() at time zone 'utc'));
create index on stock_move (picking_id);
create index on stock_move (product_id);
create table stock_move_line (
  id serial primary key, move_id int, picking_id int, product_id int not null, quantity double precision default 0,
  lot_id int, lot_name text, result_package_id int, picked boolean default false, state text default 'assigned', location_id int, location_dest_id int, company_id int default 1,
  date timestamp default (now() at time zone 'utc'), create_date timestamp default (now() at time zone 'utc'));
create index on stock_move_line (move_id);
create index on stock_move_line (picking_id);
create index on stock_move_line (product_id);

create table account_account (id int primary key, code text, name text, account_type text);
insert into account_account values (1, '400000', 'Product Sales', 'income'), (2, '121000', 'Account Receivable', 'asset_receivable'),
  (3, '101401', 'Bank', 'asset_cash');
-- One row a journal: who numbers an entry holds it until the commit.
create table account_journal (id int primary key, name text, code text, type text, last_number int default 0);
insert into account_journal values (1, 'Customer Invoices', 'INV', 'sale', 0), (7, 'Bank', 'BNK1', 'bank', 0);
create sequence invoice_number_outside;
create table account_move (
  id serial primary key, name text, ref text, invoice_origin text, state text default 'draft', move_type text,
  partner_id int, journal_id int, amount_total double precision default 0, payment_state text default 'not_paid',
  company_id int default 1, date date default current_date, invoice_date date, create_date timestamp default (now() at time zone 'utc'));
create unique index account_move_unique_name on account_move (name, journal_id) where state = 'posted' and name <> '/';
create index on account_move (invoice_origin);
create table account_move_line (
  id serial primary key, move_id int not null, move_name text, account_id int, partner_id int, product_id int, name text,
  quantity double precision default 0, price_unit double precision default 0, price_total double precision default 0,
  debit double precision default 0, credit double precision default 0, balance double precision default 0,
  parent_state text default 'draft', sale_line_id int, display_type text, company_id int default 1, journal_id int,
  date date default current_date, create_date timestamp default (now() at time zone 'utc'));
create index on account_move_line (move_id);
create index on account_move_line (sale_line_id);
create table account_payment (
  id serial primary key, name text, move_id int, invoice_id int, partner_id int, amount double precision, state text default 'paid',
  payment_type text default 'inbound', date date default current_date, create_date timestamp default (now() at time zone 'utc'));

create table sale_advance_payment_inv (id serial primary key, advance_payment_method text, consolidated_billing boolean, sale_order_ids int[]);
create table stock_backorder_confirmation (id serial primary key, pick_ids int[]);
create table stock_return_picking (id serial primary key, picking_id int not null);
create table ir_attachment (id serial primary key, name text, res_model text, res_id int, datas text);
create table mail_message (
  id serial primary key, model text, res_id int, body text, author_id int, date timestamp default (now() at time zone 'utc'));
create index on mail_message (model, res_id);
create table account_payment_register (id serial primary key, invoice_ids int[]);

create table harness_outbox (
  id serial primary key, picking_id int not null, reference text not null, origin text, state text not null default 'pending',
  stream_id text, pushed_at timestamp, pushes int default 0, done_at timestamp,
  create_date timestamp default (now() at time zone 'utc'));
create index on harness_outbox (state, id) where state <> 'done';

create view sale_report as
  select l.id, l.order_id, o.name, o.partner_id, l.product_id, o.state, o.date_order as date, o.company_id,
         l.product_uom_qty, l.qty_delivered, l.qty_invoiced, l.price_unit * l.product_uom_qty as price_total,
         l.price_unit * l.product_uom_qty as price_subtotal
    from sale_order_line l join sale_order o on o.id = l.order_id;
create view account_invoice_report as
  select l.id, l.move_id, m.partner_id, l.product_id, m.state, m.move_type, m.invoice_date, m.payment_state, m.company_id,
         l.quantity, l.price_total, l.price_total as price_subtotal
    from account_move_line l join account_move m on m.id = l.move_id
   where m.move_type in ('out_invoice', 'out_refund') and l.product_id is not null;

create table base_import_import (id serial primary key, res_model text, file text, file_name text, file_type text);
