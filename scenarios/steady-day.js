// Steady day: orders, shipments and questions at rates that do not change.
//
// For drills and for faults whose cost is read against a baseline of the same load: what
// differs between two moments of this scenario is not the load.
import odoo from 'k6/x/odoo';

const trial = odoo.trial({ duration: 120 });
const base = 0.2 * trial.scale; // orders and shipments a second and tenant

const scenarios = {};
for (const tenant of trial.tenants) {
  const add = (journey, exec, rate, vus) => {
    scenarios[`${tenant.name}_${journey}`] = {
      executor: 'open-arrival', exec, maxVUs: vus, gracefulStop: '15s', tags: { tenant: tenant.name, journey },
      rate: rate * tenant.load, stages: [{ duration: `${trial.duration}s`, target: rate * tenant.load }],
    };
  };
  add('orders', 'orders', base, 12);
  add('shipping', 'shipping', base, 12);
  add('tracking', 'tracking', 4 * base, 12);
}

export const options = {
  scenarios,
  noCookiesReset: true,
  setupTimeout: '10m',
  ext: {
    odoo: {
      landmarks: { middle: trial.duration / 2 },
      seed: { products: 40, partners: 10, shipments: { perArrival: { shipping: 1 }, spare: 3 } },
    },
  },
};

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

export function tracking() {
  odoo.track(odoo.pick('shipments'));
  odoo.stock();
}
