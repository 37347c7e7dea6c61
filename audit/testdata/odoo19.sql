-- The tables that the audit reads, with the columns and types of Odoo 19 where it
-- reads them. Made by hand from Odoo's models; locations have the numbers of the
-- embedded target so that the same hand-made histories fit both.
create table res_company (id serial primary key, name text);
create table stock_location (id int primary key, name varchar, complete_name varchar, usage varchar, active bool default true);
insert into stock_location values
  (4, 'Vendors', 'Partners/Vendors', 'supplier'), (5, 'Customers', 'Partners/Customers', 'customer'),
  (8, 'Stock', 'WH/Stock', 'internal'), (14, 'Inventory adjustment', 'Virtual Locations/Inventory adjustment', 'inventory');
create table stock_picking_type (id int primary key, name jsonb, code varchar);
insert into stock_picking_type values (1, '{"en_US": "Receipts"}', 'incoming'), (2, '{"en_US": "Delivery Orders"}', 'outgoing'),
  (5, '{"en_US": "Internal Transfers"}', 'internal');
create table product_template (id serial primary key, name jsonb, type varchar default 'consu', is_storable bool default false);
create table product_product (id serial primary key, product_tmpl_id int, default_code varchar, active bool default true);
create table stock_lot (id serial primary key, name varchar, product_id int, company_id int, location_id int, ref varchar,
  note text, create_date timestamp, write_date timestamp, create_uid int, write_uid int);
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

-- All other columns of these tables in Odoo 19, from its catalogue. A name that is ambiguous
-- or of another type there is so here, too.
alter table account_journal add alias_id int, add default_account_id int, add suspense_account_id int, add non_deductible_account_id int,
  add sequence int, add currency_id int, add company_id int, add invoice_template_pdf_report_id int, add profit_account_id int,
  add loss_account_id int, add bank_account_id int, add create_uid int, add write_uid int, add color int, add access_token varchar,
  add invoice_reference_type varchar, add invoice_reference_model varchar, add bank_statements_source varchar,
  add incoming_einvoice_notification_email varchar, add name jsonb, add sequence_override_regex text, add active bool,
  add is_self_billing bool, add restrict_mode_hash_table bool, add refund_sequence bool, add payment_sequence bool,
  add show_on_dashboard bool, add create_date timestamp, add write_date timestamp;
alter table account_move add message_main_attachment_id int, add company_id int, add origin_payment_id int, add statement_line_id int,
  add tax_cash_basis_rec_id int, add tax_cash_basis_origin_move_id int, add auto_post_origin_id int, add secure_sequence_number int,
  add invoice_payment_term_id int, add partner_id int, add commercial_partner_id int, add partner_shipping_id int,
  add partner_bank_id int, add fiscal_position_id int, add preferred_payment_method_line_id int, add currency_id int,
  add reversed_entry_id int, add invoice_user_id int, add invoice_incoterm_id int, add invoice_cash_rounding_id int, add create_uid int,
  add write_uid int, add access_token varchar, add auto_post varchar, add inalterable_hash varchar, add payment_reference varchar,
  add qr_code_method varchar, add invoice_source_email varchar, add invoice_partner_display_name varchar, add incoterm_location varchar,
  add date date, add auto_post_until date, add invoice_date date, add invoice_date_due date, add delivery_date date,
  add taxable_supply_date date, add sending_data jsonb, add narration text, add invoice_currency_rate numeric, add amount_untaxed numeric,
  add amount_tax numeric, add amount_total numeric, add amount_residual numeric, add amount_untaxed_signed numeric,
  add amount_untaxed_in_currency_signed numeric, add amount_tax_signed numeric, add amount_total_signed numeric,
  add amount_total_in_currency_signed numeric, add amount_residual_signed numeric, add quick_edit_total_amount numeric,
  add always_tax_exigible bool, add checked bool, add posted_before bool, add made_sequence_gap bool, add is_manually_modified bool,
  add is_move_sent bool, add create_date timestamp, add write_date timestamp, add campaign_id int, add source_id int, add medium_id int,
  add team_id int;
alter table account_move_line add journal_id int, add company_id int, add company_currency_id int, add sequence int, add account_id int,
  add currency_id int, add partner_id int, add reconcile_model_id int, add payment_id int, add statement_line_id int,
  add statement_id int, add group_tax_id int, add tax_line_id int, add tax_group_id int, add tax_repartition_line_id int,
  add full_reconcile_id int, add create_uid int, add write_uid int, add move_name varchar, add ref varchar, add name varchar,
  add matching_number varchar, add display_type varchar, add date date, add invoice_date date, add date_maturity date,
  add discount_date date, add analytic_distribution jsonb, add extra_tax_data jsonb, add balance numeric, add amount_currency numeric,
  add tax_base_amount numeric, add amount_residual numeric, add amount_residual_currency numeric, add price_unit numeric,
  add price_subtotal numeric, add price_total numeric, add discount numeric, add discount_amount_currency numeric,
  add discount_balance numeric, add is_storno bool, add is_imported bool, add reconciled bool, add collapse_composition bool,
  add collapse_prices bool, add no_followup bool, add create_date timestamp, add write_date timestamp, add deductible_amount float8,
  add purchase_line_id int, add is_downpayment bool, add cogs_origin_id int;
alter table account_payment add message_main_attachment_id int, add move_id int, add journal_id int, add company_id int,
  add partner_bank_id int, add paired_internal_transfer_payment_id int, add payment_method_line_id int, add payment_method_id int,
  add currency_id int, add partner_id int, add outstanding_account_id int, add destination_account_id int, add create_uid int,
  add write_uid int, add payment_type varchar, add partner_type varchar, add payment_reference varchar, add date date,
  add amount_company_currency_signed numeric, add is_reconciled bool, add is_matched bool, add is_sent bool, add create_date timestamp,
  add write_date timestamp, add payment_transaction_id int, add payment_token_id int, add source_payment_id int;
alter table harness_outbox add create_uid int, add write_uid int, add noticed_at timestamp, add write_date timestamp;
alter table product_product add create_uid int, add write_uid int, add barcode varchar, add combination_indices varchar,
  add standard_price jsonb, add volume numeric, add weight numeric, add can_image_variant_1024_be_zoomed bool, add is_favorite bool,
  add is_in_selected_section_of_order bool, add write_date timestamp, add create_date timestamp, add lot_properties_definition jsonb;
alter table product_template add sequence int, add categ_id int, add uom_id int, add company_id int, add color int, add create_uid int,
  add write_uid int, add service_tracking varchar, add default_code varchar, add description jsonb, add description_purchase jsonb,
  add description_sale jsonb, add product_properties jsonb, add list_price numeric, add volume numeric, add weight numeric,
  add sale_ok bool, add purchase_ok bool, add active bool, add can_image_1024_be_zoomed bool, add has_configurable_attributes bool,
  add is_favorite bool, add create_date timestamp, add write_date timestamp, add property_account_income_id jsonb,
  add property_account_expense_id jsonb, add sale_delay int, add lot_sequence_id int, add tracking varchar, add responsible_id jsonb,
  add property_stock_production jsonb, add property_stock_inventory jsonb, add description_picking jsonb,
  add description_pickingout jsonb, add description_pickingin jsonb, add purchase_method varchar, add purchase_line_warn_msg text,
  add property_price_difference_account_id jsonb, add lot_valuated bool, add service_type varchar, add expense_policy varchar,
  add invoice_policy varchar, add sale_line_warn_msg text, add service_to_purchase jsonb, add country_of_origin int, add hs_code varchar;
alter table purchase_order add partner_id int, add dest_address_id int, add currency_id int, add invoice_count int,
  add fiscal_position_id int, add payment_term_id int, add incoterm_id int, add user_id int, add company_id int,
  add reminder_date_before_receipt int, add create_uid int, add write_uid int, add access_token varchar, add priority varchar,
  add origin varchar, add invoice_status varchar, add note text, add amount_untaxed numeric, add amount_tax numeric,
  add amount_total numeric, add amount_total_cc numeric, add currency_rate numeric, add locked bool, add acknowledged bool,
  add receipt_reminder_email bool, add date_order timestamp, add date_approve timestamp, add date_planned timestamp,
  add date_calendar_start timestamp, add create_date timestamp, add write_date timestamp, add picking_type_id int,
  add incoterm_location varchar, add receipt_status varchar, add effective_date timestamp;
alter table purchase_order_line add sequence int, add product_uom_id int, add company_id int, add partner_id int, add create_uid int,
  add write_uid int, add qty_received_method varchar, add display_type varchar, add analytic_distribution jsonb, add name text,
  add discount numeric, add price_unit numeric, add price_subtotal numeric, add price_total numeric, add qty_invoiced numeric,
  add qty_received numeric, add qty_received_manual numeric, add qty_to_invoice numeric, add is_downpayment bool,
  add date_planned timestamp, add create_date timestamp, add write_date timestamp, add product_uom_qty float8, add price_tax float8,
  add technical_price_unit float8, add orderpoint_id int, add location_final_id int, add product_description_variants varchar,
  add propagate_cancel bool, add sale_line_id int;
alter table res_company add partner_id int, add currency_id int, add sequence int, add create_date timestamp, add parent_path varchar,
  add parent_id int, add paperformat_id int, add external_report_layout_id int, add create_uid int, add write_uid int, add email varchar,
  add phone varchar, add font varchar, add primary_color varchar, add secondary_color varchar, add layout_background varchar,
  add report_header jsonb, add report_footer jsonb, add company_details jsonb, add active bool, add uses_default_logo bool,
  add write_date timestamp, add logo_web bytea, add nomenclature_id int, add resource_calendar_id int, add alias_domain_id int,
  add email_primary_color varchar, add email_secondary_color varchar, add iap_enrich_auto_done bool, add snailmail_color bool,
  add snailmail_cover bool, add snailmail_duplex bool, add fiscalyear_last_day int, add transfer_account_id int,
  add default_cash_difference_income_account_id int, add default_cash_difference_expense_account_id int,
  add account_journal_suspense_account_id int, add account_journal_early_pay_discount_gain_account_id int,
  add account_journal_early_pay_discount_loss_account_id int, add account_sale_tax_id int, add account_purchase_tax_id int,
  add account_purchase_receipt_fiscal_position_id int, add currency_exchange_journal_id int, add income_currency_exchange_account_id int,
  add expense_currency_exchange_account_id int, add incoterm_id int, add batch_payment_sequence_id int, add account_opening_move_id int,
  add account_default_pos_receivable_account_id int, add expense_accrual_account_id int, add revenue_accrual_account_id int,
  add automatic_entry_default_journal_id int, add domestic_fiscal_position_id int, add account_fiscal_country_id int,
  add tax_cash_basis_journal_id int, add account_cash_basis_base_account_id int, add account_discount_income_allocation_id int,
  add account_discount_expense_allocation_id int, add income_account_id int, add expense_account_id int,
  add price_difference_account_id int, add fiscalyear_last_month varchar, add chart_template varchar,
  add bank_account_code_prefix varchar, add cash_account_code_prefix varchar, add transfer_account_code_prefix varchar,
  add tax_calculation_rounding_method varchar, add terms_type varchar, add quick_edit_mode varchar, add account_price_include varchar,
  add fiscalyear_lock_date date, add tax_lock_date date, add sale_lock_date date, add purchase_lock_date date, add hard_lock_date date,
  add account_opening_date date, add invoice_terms jsonb, add invoice_terms_html jsonb, add expects_chart_of_accounts bool,
  add anglo_saxon_accounting bool, add qr_code bool, add link_qr_code bool, add display_invoice_amount_total_words bool,
  add display_invoice_tax_company_currency bool, add account_use_credit_limit bool, add tax_exigibility bool, add account_storno bool,
  add restrictive_audit_trail bool, add autopost_bills bool, add internal_transit_location_id int,
  add stock_mail_confirmation_template_id int, add annual_inventory_day int, add annual_inventory_month varchar,
  add stock_confirmation_type varchar, add stock_move_email_validation bool, add stock_text_confirmation bool, add horizon_days float8,
  add po_lock varchar, add po_double_validation varchar, add po_double_validation_amount numeric, add account_stock_journal_id int,
  add account_stock_valuation_id int, add account_production_wip_account_id int, add account_production_wip_overhead_account_id int,
  add inventory_period varchar, add inventory_valuation varchar, add cost_method varchar, add stock_sms_confirmation_template_id int,
  add has_received_warning_stock_sms bool, add days_to_purchase float8, add quotation_validity_days int, add sale_discount_product_id int,
  add downpayment_account_id int, add sale_onboarding_payment_method varchar, add portal_confirmation_sign bool,
  add portal_confirmation_pay bool, add prepayment_percent float8, add sale_order_template_id int, add security_lead float8;
alter table sale_order add campaign_id int, add source_id int, add medium_id int, add company_id int, add partner_id int,
  add pending_email_template_id int, add journal_id int, add partner_invoice_id int, add partner_shipping_id int,
  add fiscal_position_id int, add payment_term_id int, add preferred_payment_method_line_id int, add pricelist_id int,
  add currency_id int, add user_id int, add team_id int, add create_uid int, add write_uid int, add access_token varchar,
  add origin varchar, add reference varchar, add signed_by varchar, add invoice_status varchar, add validity_date date, add note text,
  add currency_rate numeric, add amount_untaxed numeric, add amount_tax numeric, add amount_total numeric, add locked bool,
  add require_signature bool, add require_payment bool, add create_date timestamp, add commitment_date timestamp,
  add date_order timestamp, add signed_on timestamp, add write_date timestamp, add prepayment_percent float8, add carrier_id int,
  add delivery_message varchar, add pickup_location_data jsonb, add recompute_delivery_price bool, add shipping_weight float8,
  add sale_order_template_id int, add incoterm int, add warehouse_id int, add incoterm_location varchar, add picking_policy varchar,
  add delivery_status varchar, add effective_date timestamp, add customizable_pdf_form_fields jsonb;
alter table sale_order_line add sequence int, add company_id int, add currency_id int, add order_partner_id int, add salesman_id int,
  add linked_line_id int, add combo_item_id int, add create_uid int, add write_uid int, add state varchar, add display_type varchar,
  add virtual_id varchar, add linked_virtual_id varchar, add qty_delivered_method varchar, add invoice_status varchar,
  add analytic_distribution jsonb, add extra_tax_data jsonb, add name text, add price_unit numeric, add discount numeric,
  add price_subtotal numeric, add price_total numeric, add price_reduce_taxexcl numeric, add price_reduce_taxinc numeric,
  add qty_invoiced numeric, add qty_to_invoice numeric, add untaxed_amount_invoiced numeric, add untaxed_amount_to_invoice numeric,
  add is_expense bool, add collapse_prices bool, add collapse_composition bool, add create_date timestamp, add write_date timestamp,
  add technical_price_unit float8, add price_tax float8, add customer_lead float8, add is_delivery bool, add is_optional bool,
  add warehouse_id int;
alter table stock_location add location_id int, add company_id int, add removal_strategy_id int, add cyclic_inventory_frequency int,
  add warehouse_id int, add storage_category_id int, add create_uid int, add write_uid int, add parent_path varchar, add barcode varchar,
  add last_inventory_date date, add next_inventory_date date, add replenish_location bool, add create_date timestamp,
  add write_date timestamp, add valuation_account_id int;
alter table stock_move add sequence int, add company_id int, add location_final_id int, add partner_id int, add scrap_id int,
  add rule_id int, add picking_type_id int, add origin_returned_move_id int, add restrict_partner_id int, add warehouse_id int,
  add next_serial_count int, add orderpoint_id int, add packaging_uom_id int, add create_uid int, add write_uid int, add priority varchar,
  add origin varchar, add procure_method varchar, add inventory_name varchar, add reference varchar, add next_serial varchar,
  add reservation_date date, add description_picking_manual text, add product_qty numeric, add picked bool, add propagate_cancel bool,
  add is_inventory bool, add additional bool, add date timestamp, add date_deadline timestamp, add delay_alert_date timestamp,
  add create_date timestamp, add write_date timestamp, add price_unit float8, add packaging_uom_qty float8, add account_move_id int,
  add value numeric, add to_refund bool, add is_in bool, add is_out bool, add is_dropship bool, add weight numeric;
alter table stock_move_line add company_id int, add package_id int, add lot_id int, add result_package_id int, add package_history_id int,
  add owner_id int, add create_uid int, add write_uid int, add lot_name varchar, add is_entire_pack bool, add date timestamp,
  add create_date timestamp, add write_date timestamp;
alter table stock_picking add backorder_id int, add location_id int, add location_dest_id int, add partner_id int, add company_id int,
  add user_id int, add owner_id int, add create_uid int, add write_uid int, add move_type varchar, add priority varchar,
  add picking_properties jsonb, add note text, add shipping_weight numeric, add has_deadline_issue bool, add printed bool,
  add is_locked bool, add scheduled_date timestamp, add date_deadline timestamp, add date_done timestamp, add create_date timestamp,
  add write_date timestamp, add carrier_id int, add weight numeric, add carrier_price float8;
alter table stock_picking_type add color int, add sequence int, add sequence_id int, add default_location_src_id int,
  add default_location_dest_id int, add return_picking_type_id int, add warehouse_id int, add reservation_days_before int,
  add reservation_days_before_priority int, add company_id int, add create_uid int, add write_uid int, add sequence_code varchar,
  add reservation_method varchar, add product_label_format varchar, add lot_label_format varchar, add package_label_to_print varchar,
  add barcode varchar, add create_backorder varchar, add move_type varchar, add picking_properties_definition jsonb,
  add show_entire_packs bool, add set_package_type bool, add active bool, add use_create_lots bool, add use_existing_lots bool,
  add print_label bool, add show_operations bool, add auto_show_reception_report bool, add auto_print_delivery_slip bool,
  add auto_print_return_slip bool, add auto_print_product_labels bool, add auto_print_lot_labels bool,
  add auto_print_reception_report bool, add auto_print_reception_report_labels bool, add auto_print_packages bool,
  add auto_print_package_label bool, add create_date timestamp, add write_date timestamp;
alter table stock_quant add company_id int, add user_id int, add create_uid int, add write_uid int, add inventory_date date,
  add inventory_quantity numeric, add inventory_diff_quantity numeric, add inventory_quantity_set bool, add in_date timestamp,
  add create_date timestamp, add write_date timestamp, add accounting_date date;
