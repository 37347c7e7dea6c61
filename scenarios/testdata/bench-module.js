// The work of bench-plain.js through k6/x/odoo.
import odoo from 'k6/x/odoo';

export const options = { scenarios: { t1_read: { executor: 'constant-vus', vus: 20, duration: '6s', gracefulStop: '1s' } }, noCookiesReset: true };

let n = 0;

export default function () {
  const answer = odoo.call('stock.quant', 'search_read', {
    args: { domain: [['product_id', '=', 17 + (n++ % 5)], ['location_id.usage', '=', 'internal']], fields: ['product_id', 'quantity', 'reserved_quantity'], limit: 8 },
    step: 'quants',
  });
  if (answer.count() !== 8) throw new Error('rows');
}
