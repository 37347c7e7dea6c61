// Careless neighbour: one tenant without limits. Its integration imports without a pause.
// Its sellers sell more than the stock, and its warehouse tries to ship that. Its clerks
// click "invoice" twice. All its orders are for one product.
//
// A sound setup refuses what is impossible and keeps the other tenants' pace. This load
// exposes weaknesses (examples/weakness.yaml).
import odoo from 'k6/x/odoo';

const trial = odoo.trial({ duration: 10 });
const rows = Number(__ENV.ROWS || 100); // of one import

const scenarios = {};
for (const tenant of trial.tenants) {
  const add = (journey, rate, vus) => {
    scenarios[`${tenant.name}_${journey}`] = {
      executor: 'open-arrival', exec: journey, maxVUs: vus, maxQueue: 10, gracefulStop: '3s', tags: { tenant: tenant.name, journey },
      rate: rate * trial.scale * tenant.load, duration: `${trial.duration}s`,
    };
  };
  add('imports', 8, 2);
  add('shortage', 2, 2);
  add('hotseller', 8, 2);
  add('clicking', 4, 2);
}

export const options = {
  scenarios,
  noCookiesReset: true,
  setupTimeout: '10m',
  ext: { odoo: { seed: { products: 1, partners: 5, invoiceable: { perArrival: { clicking: 1 }, spare: 2 } } } },
};

// In a trial the harness has seeded already; run alone, the script seeds here.
export function setup() {
  odoo.seed();
}

export function imports() {
  odoo.importProducts(rows);
}

// A product without stock is sold, and half of the time shipped: Odoo must refuse.
export function shortage() {
  const made = odoo.product();
  if (!made) return;
  const order = odoo.order({ lines: [{ product: made.id, quantity: 1 }] });
  if (!order || !odoo.confirm(order) || odoo.random(2)) return;
  for (const picking of odoo.pickings(order)) odoo.ship(picking);
}

export function hotseller() {
  const order = odoo.order({ lines: 1 });
  if (order) odoo.confirm(order);
}

// The second click must change nothing.
export function clicking() {
  const order = odoo.take('invoiceable');
  if (!order) return;
  const invoices = odoo.invoice([order]);
  odoo.invoice([order]);
  if (invoices) odoo.post(invoices);
}
