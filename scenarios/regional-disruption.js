// Regional disruption: a region is cut off. Its scanners go on without the server, and send
// everything at once when they are back. Its webhooks are delivered again, too.
//
//   rate              |\          scans: none while cut off, then the backlog at once,
//   _______           | \______   falling to the usual rate until "caught-up"
//          |_________|
//   0     cut       back  caught-up  100 %
//
// Orders go on: they come from shops elsewhere. While the region is cut off, each is moved
// to another warehouse: cancelled and entered again. WEBHOOKS=3 is how often a notice that
// was not answered is delivered once the region is back.
//
// Let it run for the tenants of the region, next to dispatch-cutoff.js or steady-day.js for
// the others. A fault on their part of the network can begin at "cut" and end at "back".
import odoo from 'k6/x/odoo';

const trial = odoo.trial({ duration: 60 });
const cut = 0.3 * trial.duration;
const back = 0.6 * trial.duration;
const caughtUp = 0.8 * trial.duration;
const repeats = Number(__ENV.WEBHOOKS || 3);
const base = trial.scale;

// offline is a rate that is 0 from cut to back. What was missed comes until caughtUp, most of
// it at once: the backlog is a triangle with the area that the gap left out.
function offline(rate) {
  const missed = rate * (back - cut);
  const backlog = rate + (2 * missed) / (caughtUp - back);
  return {
    rate,
    stages: [
      { duration: `${cut}s`, target: rate },
      { duration: '0s', target: 0 },
      { duration: `${back - cut}s`, target: 0 },
      { duration: '0s', target: backlog },
      { duration: `${caughtUp - back}s`, target: rate },
      { duration: `${trial.duration - caughtUp}s`, target: rate },
    ],
  };
}

const scenarios = {};
for (const tenant of trial.tenants) {
  const rate = base * tenant.load;
  const add = (journey, rates, vus) => {
    scenarios[`${tenant.name}_${journey}`] = {
      executor: 'open-arrival', exec: journey, maxVUs: vus, gracefulStop: '15s', tags: { tenant: tenant.name, journey }, ...rates,
    };
  };
  add('scanning', offline(0.15 * rate), 32);
  add('webhooks', offline(0.1 * rate), 24);
  add('orders', { rate: 0.1 * rate, duration: `${trial.duration}s` }, 16);
  add('rerouting', { startTime: `${cut}s`, rate: 0.1 * rate, duration: `${back - cut}s` }, 16);
}

export const options = {
  scenarios,
  noCookiesReset: true,
  setupTimeout: '10m',
  ext: {
    odoo: {
      landmarks: { cut, back, 'caught-up': caughtUp },
      seed: { products: 40, partners: 10, shipments: { perArrival: { scanning: 1 }, spare: 3 } },
    },
  },
};

// In a trial the harness has seeded already; run alone, the script seeds here.
export function setup() {
  odoo.seed();
}

// Scans that were made without a connection are sent in the order in which they were made.
export function scanning() {
  const picking = odoo.take('shipments');
  if (picking && odoo.reserve(picking) && odoo.scan(picking)) odoo.ship(picking);
}

// A marketplace that got no answer delivers its notice again. Each is an enquiry, so that a
// repeat changes nothing.
export function webhooks() {
  const order = odoo.pick('shipments');
  for (let i = 0; i < repeats; i++) odoo.track(order);
}

export function orders() {
  const order = odoo.order({ lines: 2 });
  if (order) odoo.confirm(order);
}

// The order leaves the warehouse that cannot be reached and is entered at another.
export function rerouting() {
  const order = odoo.order({ lines: 2 });
  if (!order || !odoo.confirm(order) || !odoo.cancel(order)) return;
  const again = odoo.order({ lines: 2 });
  if (again) odoo.confirm(again);
}
