// Last mile: routes come from an optimiser in the morning, drivers confirm deliveries all
// day, and dispatch has a spike before the vans leave.
//
//   rate  |\                      routes: in the first tenth
//         |    /\                 dispatch: rises to the landmark "departure", then stops
//         |        ____________   proofs of delivery, from the departure on
//         0  departure          back  100 %
//
// A proof is a note, a photo (PHOTO=20000 bytes) and the shipment's confirmation. The
// business figure is the delay of that confirmation: the latency of the journey "proofs".
// One delivery in twenty is refused, and its goods come back.
import odoo from 'k6/x/odoo';

const trial = odoo.trial({ duration: 60 });
const routed = 0.1 * trial.duration;
const departure = 0.35 * trial.duration;
const back = 0.9 * trial.duration;
const photo = Number(__ENV.PHOTO || 20000); // bytes
const base = trial.scale;

const scenarios = {};
for (const tenant of trial.tenants) {
  const rate = base * tenant.load;
  const add = (journey, rates, vus) => {
    scenarios[`${tenant.name}_${journey}`] = {
      executor: 'open-arrival', exec: journey, maxVUs: vus, gracefulStop: '15s', tags: { tenant: tenant.name, journey }, ...rates,
    };
  };
  add('routes', { arrivals: 'even', rate: 0.5 * rate, duration: `${routed}s` }, 4);
  add('dispatch', {
    startTime: `${routed}s`, rate: 0.05 * rate,
    stages: [{ duration: `${departure - routed}s`, target: 0.6 * rate }],
  }, 24);
  add('proofs', { startTime: `${departure}s`, rate: 0.2 * rate, duration: `${back - departure}s` }, 24);
  add('tracking', { rate: 0.3 * rate, duration: `${trial.duration}s` }, 16);
}

export const options = {
  scenarios,
  noCookiesReset: true,
  setupTimeout: '10m',
  ext: {
    odoo: {
      landmarks: { departure, back },
      seed: { products: 40, partners: 10, shipments: { perArrival: { dispatch: 1, proofs: 1 }, spare: 3 } },
    },
  },
};

// In a trial the harness has seeded already; run alone, the script seeds here.
export function setup() {
  odoo.seed();
}

// The optimiser's result is an import of drafts: one order a stop.
export function routes() {
  odoo.importOrders(10);
}

// Goods are picked, packed and loaded.
export function dispatch() {
  const picking = odoo.take('shipments');
  if (picking && odoo.reserve(picking) && odoo.scan(picking)) odoo.pack(picking);
}

export function proofs() {
  const picking = odoo.take('shipments');
  if (!picking || !odoo.ship(picking)) return;
  odoo.message('stock.picking', picking, 'Handed over at the door.');
  odoo.attach('stock.picking', picking, photo);
  if (odoo.random() < 0.05) odoo.returnGoods(picking);
}

export function tracking() {
  odoo.track(odoo.pick('shipments'));
}
