// Steady day: a warehouse's work at constant rates. Orders are entered, reserved, scanned
// and shipped. Some are invoiced and posted. Customers send tracking enquiries.
//
// It is the step of a ladder, and the load of drills and of faults whose cost is compared
// with a baseline: the load is the same at any time.
//
//   rate  ______________   of each journey, at scale 1: 0.15 orders, 0.15 shipments,
//        |              |  0.05 invoices and 0.3 enquiries a second and tenant
import odoo from 'k6/x/odoo';

const trial = odoo.trial({ duration: 60 });

const scenarios = {};
for (const tenant of trial.tenants) {
  const add = (journey, rate, vus) => {
    scenarios[`${tenant.name}_${journey}`] = {
      executor: 'open-arrival', exec: journey, maxVUs: vus, gracefulStop: '5s', tags: { tenant: tenant.name, journey },
      rate: rate * trial.scale * tenant.load, duration: `${trial.duration}s`,
    };
  };
  add('orders', 0.15, 24);
  add('shipping', 0.15, 24);
  add('invoicing', 0.05, 12);
  add('tracking', 0.3, 24);
}

export const options = {
  scenarios,
  noCookiesReset: true,
  setupTimeout: '10m',
  ext: {
    odoo: {
      landmarks: { middle: trial.duration / 2 },
      seed: {
        products: 40, partners: 10,
        shipments: { perArrival: { shipping: 1 }, spare: 3 },
        invoiceable: { perArrival: { invoicing: 1 }, spare: 2 },
      },
    },
  },
};

// In a trial the harness has seeded already; run alone, the script seeds here.
export function setup() {
  odoo.seed();
}

export function orders() {
  const order = odoo.order({ lines: 2 });
  if (order) odoo.confirm(order);
}

export function shipping() {
  const picking = odoo.take('shipments');
  if (picking && odoo.reserve(picking) && odoo.scan(picking)) odoo.ship(picking);
}

export function invoicing() {
  const order = odoo.take('invoiceable');
  if (!order) return;
  const invoices = odoo.invoice([order]);
  if (invoices) odoo.post(invoices);
}

export function tracking() {
  odoo.track(odoo.pick('shipments'));
  odoo.stock();
}
