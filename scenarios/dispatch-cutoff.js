// Dispatch cut-off: what is packed before the carrier's truck leaves goes today.
//
// Order entry fades towards the cut-off. Reserving, scanning and shipping rise to a peak
// at the cut-off and then fall. Customers send tracking enquiries throughout. The goal is
// shipments done before the landmark "cutoff".
//
//            plateau            |        rise           | fall
//   rate  ___________________________________________/\____
//         0                    40 %                 cutoff  100 %
//
// The plateau is flat, so that a baseline and a neighbour's window have the same
// offered load. PLATEAU_TO and CUTOFF_AT move its end and the cut-off, as shares of the
// duration. WAVE=4 ships in waves: four shipments are collected in one tour, and validated as
// one batch transfer (module stock_picking_batch). Rates at scale 1 suit a real Odoo with 4 tenants on 2 cores.
import odoo from 'k6/x/odoo';

const trial = odoo.trial({ duration: 180 });
const plateau = Number(__ENV.PLATEAU_TO || 0.4) * trial.duration;
const cutoff = Number(__ENV.CUTOFF_AT || 0.8) * trial.duration;
const base = 0.15 * trial.scale; // orders and shipments a second and tenant
const wave = Number(__ENV.WAVE || 1); // shipments in one tour
const questions = Number(__ENV.TRACKING || 4); // tracking queries for each order

// course is a rate that starts at start, goes to peak at the cut-off and to end afterwards.
function course(start, peak, end) {
  return {
    rate: start,
    stages: [
      { duration: `${plateau}s`, target: start },
      { duration: `${cutoff - plateau}s`, target: peak },
      { duration: `${trial.duration - cutoff}s`, target: end },
    ],
  };
}

const scenarios = {};
for (const tenant of trial.tenants) {
  const rate = base * tenant.load;
  const add = (journey, exec, rates, vus) => {
    scenarios[`${tenant.name}_${journey}`] = {
      executor: 'open-arrival', exec, maxVUs: vus, gracefulStop: '15s', tags: { tenant: tenant.name, journey }, ...rates,
    };
  };
  add('orders', 'orders', course(rate, 0.3 * rate, 0.3 * rate), 16);
  add('shipping', 'shipping', course(rate / wave, (2 * rate) / wave, (0.3 * rate) / wave), 24);
  add('tracking', 'tracking', course(questions * rate, 1.25 * questions * rate, questions * rate), 16);
}

export const options = {
  scenarios,
  noCookiesReset: true,
  setupTimeout: '10m',
  ext: {
    odoo: {
      landmarks: { cutoff },
      seed: { products: 40, partners: 10, shipments: { perArrival: { shipping: wave }, spare: 3 } },
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
  if (wave > 1) {
    const tour = odoo.takeMany('shipments', wave);
    if (tour && tour.every((picking) => odoo.reserve(picking) && odoo.scan(picking))) odoo.batchTransfer(tour);
    return;
  }
  const picking = odoo.take('shipments');
  if (picking && odoo.reserve(picking) && odoo.scan(picking)) odoo.ship(picking);
}

export function tracking() {
  odoo.track(odoo.pick('shipments'));
  odoo.stock();
}
