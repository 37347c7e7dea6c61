// Receiving window: trucks have slots at the docks, and come early or late. Each truck
// brings a purchase that was announced, is received, stored and labelled.
//
//   rate            ____            trucks: half the docks, then all of them, then half
//             _____|    |_____      (slots are scheduled; LATENESS=20 s around each)
//            |                |
//   0  window-open  dock-peak  window-close
//
// Announcements (ASN) arrive as files, in batches of ROWS=20 rows. During that time orders
// are taken and shipped. TRACKED=0.5 of the trucks bring goods with lots and serial numbers:
// each line gets its number, and the goods go to a shelf.
import odoo from 'k6/x/odoo';

const trial = odoo.trial({ duration: 60 });
const open = 0.1 * trial.duration;
const close = 0.9 * trial.duration;
const third = (close - open) / 3;
const rows = Number(__ENV.ROWS || 20); // of one announcement
const lateness = Number(__ENV.LATENESS || Math.min(20, third / 4)); // s, standard deviation
const tracked = Number(__ENV.TRACKED || 0.5); // share of the trucks
const base = trial.scale;

const scenarios = {};
for (const tenant of trial.tenants) {
  const rate = base * tenant.load;
  const add = (journey, rates, vus) => {
    scenarios[`${tenant.name}_${journey}`] = {
      executor: 'open-arrival', exec: journey, maxVUs: vus, gracefulStop: '15s', tags: { tenant: tenant.name, journey }, ...rates,
    };
  };
  add('receiving', {
    arrivals: 'scheduled', lateness: `${lateness}s`, startTime: `${open}s`, rate: 0.1 * rate,
    stages: [
      { duration: `${third}s`, target: 0.1 * rate },
      { duration: '0s', target: 0.2 * rate },
      { duration: `${third}s`, target: 0.2 * rate },
      { duration: '0s', target: 0.1 * rate },
      { duration: `${third}s`, target: 0.1 * rate },
    ],
  }, 24);
  add('announcing', { arrivals: 'even', rate: 0.04 * rate, duration: `${trial.duration}s` }, 4);
  add('orders', { rate: 0.1 * rate, duration: `${trial.duration}s` }, 16);
  add('shipping', { rate: 0.1 * rate, duration: `${trial.duration}s` }, 16);
}

export const options = {
  scenarios,
  noCookiesReset: true,
  setupTimeout: '10m',
  ext: {
    odoo: {
      landmarks: { 'window-open': open, 'dock-peak': open + 1.5 * third, 'window-close': close },
      seed: { products: 40, partners: 10, tracked: 20, shelves: 4, shipments: { perArrival: { shipping: 1 }, spare: 3 } },
    },
  },
};

// In a trial the harness has seeded already; run alone, the script seeds here.
export function setup() {
  odoo.seed();
}

// A truck: its purchase is received in bulk, the shelf is looked up, one product counted in
// ten trucks, and the labels are printed from the list of moves.
export function receiving() {
  if (odoo.random() < tracked) {
    const goods = odoo.receiveTracked(3);
    if (!goods || !odoo.putAway(goods)) return;
  } else if (!odoo.receive(4)) {
    return;
  }
  const product = odoo.pick('products');
  odoo.stock([product.id]);
  if (odoo.random() < 0.1) odoo.inventory(product, 1000000);
  odoo.report('moves');
}

// An announcement comes as a file of products with what they cost, through the gateway that
// people use as well (base_import).
export function announcing() {
  odoo.importFile(rows);
}

export function orders() {
  const order = odoo.order({ lines: 2 });
  if (order) odoo.confirm(order);
}

export function shipping() {
  const picking = odoo.take('shipments');
  if (picking && odoo.reserve(picking) && odoo.scan(picking)) odoo.ship(picking);
}
