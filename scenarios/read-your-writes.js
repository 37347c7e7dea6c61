// Read your writes: an order is entered and confirmed, and the next screen reads it back.
//
// Where Odoo reads from a replica, the next screen may be stale. Every such read is
// journalled. The audit counts the reads that did not show an acknowledged write.
//
//   order -> confirm -> see (by reference, at once)
import odoo from 'k6/x/odoo';

const trial = odoo.trial({ duration: 60 });
const rate = 0.4 * trial.scale; // orders a second and tenant

const scenarios = {};
for (const tenant of trial.tenants) {
  scenarios[`${tenant.name}_orders`] = {
    executor: 'open-arrival', exec: 'orders', maxVUs: 12, gracefulStop: '15s',
    tags: { tenant: tenant.name, journey: 'orders' },
    rate: rate * tenant.load, stages: [{ duration: `${trial.duration}s`, target: rate * tenant.load }],
  };
}

export const options = {
  scenarios,
  noCookiesReset: true,
  setupTimeout: '10m',
  ext: { odoo: { landmarks: { middle: trial.duration / 2 }, seed: { products: 20, partners: 5 } } },
};

export function setup() {
  odoo.seed();
}

export function orders() {
  const order = odoo.order({ lines: 2 });
  if (order && odoo.confirm(order)) odoo.see(order);
}
