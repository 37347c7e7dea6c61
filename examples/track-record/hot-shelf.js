// The hot shelf: all orders and shipments of a tenant are for one product, of which a
// million pieces are in stock. CROWD=4 of each come at the same moment, every two seconds.
//
//   shipping   |  |  |  |  |     scan, ship
//   orders     |  |  |  |  |     order, confirm; every second one is cancelled
import odoo from 'k6/x/odoo';

const trial = odoo.trial({ duration: 24 });
const crowd = Number(__ENV.CROWD || 4);
const rounds = Math.max(1, Math.floor((trial.duration - 2) / 2));

const times = [];
for (let round = 0; round < rounds; round++) {
  for (let each = 0; each < crowd; each++) times.push(2 * round);
}

const scenarios = {};
for (const tenant of trial.tenants) {
  for (const journey of ['orders', 'shipping']) {
    scenarios[`${tenant.name}_${journey}`] = {
      executor: 'open-arrival', exec: journey, maxVUs: 4 * crowd, gracefulStop: '20s', times, tags: { tenant: tenant.name, journey },
    };
  }
}

export const options = {
  scenarios,
  noCookiesReset: true,
  setupTimeout: '10m',
  ext: {
    odoo: {
      landmarks: { middle: trial.duration / 2 },
      seed: { products: 1, partners: 8, shipments: { perArrival: { shipping: 1 }, spare: 3 } },
    },
  },
};

// In a trial the harness has seeded already; run alone, the script seeds here.
export function setup() {
  odoo.seed();
}

export function orders() {
  const order = odoo.order({ lines: 1 });
  if (!order || !odoo.confirm(order)) return;
  if (odoo.random(2) === 0) odoo.cancel(order);
}

export function shipping() {
  const picking = odoo.take('shipments');
  if (picking && odoo.scan(picking)) odoo.ship(picking);
}
