-- The tables that the audit reads, with the columns and types of Odoo 19 where it
-- reads them. Made by hand from Odoo's models; locations have the numbers of the
-- embedded target so that the same hand-made histories fit both.
create table res_company (id serial primary key, name text);
create table stock_location (id int primary key, name varchar, complete_name varchar, usage varchar, active bool default true);
insert into stock_location values
  (4, 'Vendors', 'Partners/Vendors', 'supplier'), (5, 'Customers', 'Partners/Customers', 'customer'),
  (8, 'Stock', 'WH/Stock', 'internal'), (14, 'Inventory adjustment', 'Virtual Locations/Inventory adjustment', 'inventory');
create table stock_picking_type (id int primary key, name jsonb, code varchar);
insert into stock_picking_type values (1, '{"en_US": "Receipts"}', 'incoming'), (2, '{"en_US": "Delivery Orders"}', 'outgoing');
create table product_template (id serial primary key, name jsonb, type varchar default 'consu', is_storable bool default false);
create table product_product (id serial primary key, product_tmpl_id int, default_code varchar, active bool default true);
create table stock_quant (id serial primary key, product_id int, location_id int, lot_id int, package_id int, owner_id int,
  quantity numeric default 0, reserved_quantity numeric default 0);
create table sale_order (id serial primary key, name varchar, client_order_ref varchar, state varchar default 'draft');
create table sale_order_line (id serial primary key, order_id int, product_id int, product_uom_id int default 1,
  product_uom_qty numeric, qty_delivered numeric default 0, is_downpayment bool);
create table purchase_order (id serial primary key, name varchar, partner_ref varchar, state varchar default 'draft');
create table purchase_order_line (id serial primary key, order_id int, product_id int, product_qty numeric);
create table stock_picking (id serial primary key, name varchar, origin varchar, sale_id int, return_id int, state varchar default 'draft',
  picking_type_id int, carrier_tracking_ref varchar);
create table stock_move (id serial primary key, picking_id int, product_id int, product_uom int default 1, product_uom_qty numeric,
  quantity numeric, state varchar default 'draft', sale_line_id int, purchase_line_id int, location_id int, location_dest_id int);
create table stock_move_line (id serial primary key, move_id int, picking_id int, product_id int, product_uom_id int default 1,
  quantity numeric, quantity_product_uom numeric generated always as (quantity) stored, picked bool default false, state varchar, location_id int, location_dest_id int);
create table account_journal (id int primary key, code varchar, type varchar);
insert into account_journal values (1, 'INV', 'sale'), (7, 'BNK1', 'bank');
create table account_move (id serial primary key, name varchar, ref varchar, invoice_origin varchar, state varchar default 'draft',
  move_type varchar, journal_id int, payment_state varchar default 'not_paid', sequence_prefix varchar, sequence_number int);
create table account_move_line (id serial primary key, move_id int, product_id int, product_uom_id int default 1, quantity numeric,
  debit numeric default 0, credit numeric default 0, parent_state varchar);
create table sale_order_line_invoice_rel (order_line_id int, invoice_line_id int);
create table account_payment (id serial primary key, name varchar, memo varchar, amount numeric, state varchar default 'in_process');
create table account_move__account_payment (invoice_id int, payment_id int);
create table harness_outbox (id serial primary key, picking_id int, reference varchar, origin varchar, state varchar default 'pending',
  stream_id varchar, pushed_at timestamp, pushes int, done_at timestamp, create_date timestamp default (now() at time zone 'utc'));
