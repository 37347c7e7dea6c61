import odoo from 'k6/x/odoo';

export const options = { scenarios: { t1_orders: { executor: 'open-arrival', rate: 40, duration: '2s', maxVUs: 6 } } };

export default function () {
  odoo.call('res.partner', 'search_read', { args: { domain: [] } });
}
